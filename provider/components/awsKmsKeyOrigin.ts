import { log, runtime } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import { type AwsConnection, awsKeyId } from "../kms/awsKeyUri";
import type { AwsKms } from "../kms/awskms";
import { programSecrets } from "./programSecrets";
import type { KeyRole } from "./keySource";
import { recordedResources } from "./recordedResources";

/** The tag by which a key is found again whose creation was cut off. */
export const OWNER_TAG = "pulumi-kms-pki";

/** A key of AWS KMS that is about to be declared. */
export interface DeclaredAwsKey {
  readonly role: KeyRole;
  /** The resource's name. */
  readonly name: string;
  /** What the key is tagged with under {@link OWNER_TAG}. */
  readonly owner: string;
  readonly keyUrn: string;
  readonly publicKeyUrn: string;
  readonly parentUrn: string;
  readonly connection: AwsConnection;
  /** The name of the key that the user wants taken into the state. */
  readonly adopted: string | undefined;
  /** Whether the user allows a new key in place of one that is lost. */
  readonly mayBeNew: boolean;
  /** Whether the engine will refuse to replace what is pinned to a lost key. */
  readonly protect: boolean;
}

/**
 * Decides, before the engine hears of a key, whether it is the one of the last run, or one that must be taken back, or
 * a new one. The engine itself would make a new key for every one that is not in its state.
 *
 * @returns the id of the key to import into the state, or undefined
 * @throws PkiError `KEY_PENDING_DELETION`; `KEY_EXISTS` for a key of which only its tag tells; `INPUT_INVALID` when a new
 * key is allowed and its certificates are protected
 */
export async function keyToImport(key: DeclaredAwsKey): Promise<string | undefined> {
  const recorded = await recordedResources();
  const adopted = key.adopted === undefined ? undefined : awsKeyId(key.adopted);
  const managed = recorded.get(key.keyUrn);
  if (managed !== undefined) {
    refuseOther(key, managed["keyId"], adopted);
    return undefined;
  }
  if (adopted !== undefined) {
    return adopted;
  }
  if (key.mayBeNew) {
    refuseProtected(key, recorded.has(key.publicKeyUrn));
    return undefined;
  }
  const pinnedUri = recorded.get(key.publicKeyUrn)?.["uri"];
  if (typeof pinnedUri === "string") {
    const keyId = awsKeyId(pinnedUri);
    await refuseLost(key, keyId);
    return keyId;
  }
  // Where the authority itself was never recorded, no key of it was ever asked for.
  if (recorded.has(key.parentUrn) && !runtime.isDryRun()) {
    await refuseOrphan(key);
  }
  return undefined;
}

/** A refresh drops a key that is scheduled for deletion from the state. Its certificates are there still. */
async function refuseLost({ role, name, connection }: DeclaredAwsKey, keyId: string): Promise<void> {
  const problem = `the key ${keyId} of "${name}" is not in the state any more, as after a refresh that found it scheduled for deletion`;
  const remedy =
    `To keep it: aws kms cancel-key-deletion --key-id ${keyId}, aws kms enable-key --key-id ${keyId}, then "pulumi up", ` +
    `which takes it back. To have a new key and new certificates: allow it by newKeys: ["${role}"] ` +
    `(pulumi config set --path 'kms-pki:newKeys[0]' ${role}), with deletionProtection off`;
  if (runtime.isDryRun()) {
    void log.warn(`${problem}. ${remedy}.`); // a preview calls no KMS
    return;
  }
  const { awsKeyState } = await import("../kms/awskmsKeys.js");
  const state = await withAwsKms(connection, (kms) => awsKeyState(kms, keyId));
  if (state === "PendingDeletion" || state === "PendingReplicaDeletion") {
    throw new PkiError("KEY_PENDING_DELETION", problem, remedy);
  }
}

/** The engine would schedule the deletion of the one for the sake of the other. */
function refuseOther({ role, name }: DeclaredAwsKey, managed: unknown, adopted: string | undefined): void {
  if (adopted !== undefined && managed !== adopted) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopted} for "${name}" (${role}), which has the key ${String(managed)} already`,
      "Remove it from adopt",
    );
  }
}

/** The engine would say so too, but only when the new key is made. */
function refuseProtected({ role, name, protect }: DeclaredAwsKey, isPinned: boolean): void {
  if (protect && isPinned) {
    throw new PkiError(
      "INPUT_INVALID",
      `newKeys allows a new key for "${name}" (${role}), and deletionProtection forbids to replace its certificates`,
      "Turn deletionProtection off (pulumi config set kms-pki:deletionProtection false) for the up that makes the new key",
    );
  }
}

async function refuseOrphan({ role, name, owner, connection }: DeclaredAwsKey): Promise<void> {
  const { findTaggedKeys } = await import("../kms/awskmsKeys.js");
  const found = await withAwsKms(connection, (kms) => findTaggedKeys(kms, { key: OWNER_TAG, value: owner }));
  const [keyId] = found;
  if (keyId !== undefined) {
    throw new PkiError(
      "KEY_EXISTS",
      `AWS KMS has the key ${found.join(" and the key ")} with the tag ${OWNER_TAG}=${owner}, which is not in the state of "${name}": ` +
        "an earlier run was cut off after AWS had made it",
      `To use it: adopt: { "${role}": "${keyId}" } (pulumi config set --path 'kms-pki:adopt.${role}' ${keyId}). ` +
        `To be rid of it: aws kms schedule-key-deletion --key-id ${keyId}. Then "pulumi up"`,
    );
  }
}

async function withAwsKms<Result>(connection: AwsConnection, use: (kms: AwsKms) => Promise<Result>): Promise<Result> {
  const { AwsKms } = await import("../kms/awskms.js");
  const kms = new AwsKms({ ...connection, rootDirectory: programSecrets().rootDirectory });
  try {
    return await use(kms);
  } finally {
    await kms.close();
  }
}
