import { log, type Resource, runtime } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import { resourceType } from "../resources/lifecycleResource";
import type { Algorithm } from "../kms/algorithms";
import type { KeyName } from "./keySource";
import { findRecorded, recordedResources, type RecordedResources } from "./recordedResources";
import { childUrns, knownResource } from "./resourceUrns";

/** A key of a cloud that is about to be declared. */
export interface DeclaredKey {
  readonly keyName: KeyName;
  /** The resource's name. */
  readonly name: string;
  readonly parent: Resource;
  /** The type and name of the resource that makes the key in the cloud. */
  readonly type: string;
  readonly resource: string;
  readonly algorithm: Algorithm;
  /** The name of the key that the user wants taken into the state. */
  readonly adopted: string | undefined;
  /** Whether the user allows a new key in place of one that is lost. */
  readonly mayBeNew: boolean;
  /** Whether the engine will refuse to replace what is pinned to a lost key. */
  readonly protect: boolean;
}

/** What only the cloud that holds a key knows of it. The last two ask it. */
export interface KeyKeeper {
  /** The id by which the engine imports a key, from any of its names. */
  importId(name: string): string;
  /** The same id, among the outputs of the resource that made the key. */
  readonly idOutput: string;
  /** The commands that bring a key back which is about to be deleted. */
  keepCommands(id: string): string;
  /** The command that gives up a key. */
  discardCommand(id: string): string;
  /** By what a key is recognised that the state does not know. */
  readonly mark: string;
  isAboutToBeDeleted(id: string): Promise<boolean>;
  /** The ids of the keys that bear the mark. */
  findMarked(): Promise<string[]>;
}

/**
 * Decides, before the engine hears of a key, whether it is the one of the last run, or one that must be taken back, or
 * a new one. The engine itself would make a new key for every one that is not in its state.
 *
 * @returns the id of the key to import into the state, or undefined
 * @throws PkiError `KEY_PENDING_DELETION`; `KEY_EXISTS` for a key of which only its mark tells; `INPUT_INVALID` when a
 * new key is allowed and its certificates are protected
 */
export async function keyToImport(key: DeclaredKey, keeper: KeyKeeper): Promise<string | undefined> {
  const recorded = await recordedResources();
  const adopted = key.adopted === undefined ? undefined : keeper.importId(key.adopted);
  const authority = await knownResource(key.parent);
  const managed = findRecorded(recorded, childUrns(authority, key.type, key.resource));
  if (managed !== undefined) {
    refuseOther(key, managed[keeper.idOutput], adopted);
    return undefined;
  }
  if (adopted !== undefined) {
    return adopted;
  }
  const pinned = findRecorded(recorded, childUrns(authority, resourceType("PublicKey"), key.name));
  if (key.mayBeNew) {
    refuseProtected(key, pinned !== undefined);
    return undefined;
  }
  if (pinned !== undefined && pinned["algorithm"] !== key.algorithm) {
    return undefined; // another algorithm is another key
  }
  const pinnedUri = pinned?.["uri"];
  if (typeof pinnedUri === "string") {
    const id = keeper.importId(pinnedUri);
    await refuseLost(key, id, keeper);
    return id;
  }
  // Where the authority itself was never recorded, no key of it was ever asked for.
  if (findRecorded(recorded, authority.urns) !== undefined && !runtime.isDryRun()) {
    await refuseMarked(key, keeper, recorded);
  }
  return undefined;
}

/** The engine would give up the one for the sake of the other. */
function refuseOther({ keyName, name }: DeclaredKey, managed: unknown, adopted: string | undefined): void {
  if (adopted !== undefined && typeof managed === "string" && managed !== adopted) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopted} for "${name}" (${keyName}), which has the key ${managed} already`,
      "Remove it from adopt",
    );
  }
}

/** The engine would say so too, but only when the new key is made. */
function refuseProtected({ keyName, name, protect }: DeclaredKey, isPinned: boolean): void {
  if (protect && isPinned) {
    throw new PkiError(
      "INPUT_INVALID",
      `newKeys allows a new key for "${name}" (${keyName}), and deletionProtection forbids to replace its certificates`,
      "Turn deletionProtection off (pulumi config set kms-pki:deletionProtection false) for the up that makes the new key",
    );
  }
}

/** A refresh drops a key that is about to be deleted from the state. Its certificates are there still. */
async function refuseLost({ keyName, name }: DeclaredKey, id: string, keeper: KeyKeeper): Promise<void> {
  const problem = `the key ${id} of "${name}" is not in the state any more, as after a refresh that found it scheduled for deletion`;
  const remedy =
    `To keep it: ${keeper.keepCommands(id)}, then "pulumi up", ` +
    `which takes it back. To have a new key and new certificates: allow it by newKeys: ["${keyName}"] ` +
    `(pulumi config set --path 'kms-pki:newKeys[0]' ${keyName}), with deletionProtection off`;
  if (runtime.isDryRun()) {
    void log.warn(`${problem}. ${remedy}.`); // a preview calls no KMS
  } else if (await keeper.isAboutToBeDeleted(id)) {
    throw new PkiError("KEY_PENDING_DELETION", problem, remedy);
  }
}

async function refuseMarked(
  { keyName, name }: DeclaredKey,
  keeper: KeyKeeper,
  recorded: RecordedResources,
): Promise<void> {
  const known = idsOf(recorded, keeper);
  const found = (await keeper.findMarked()).filter((id) => !known.includes(id));
  const [id] = found;
  if (id !== undefined) {
    throw new PkiError(
      "KEY_EXISTS",
      `there is the key ${found.join(" and the key ")} ${keeper.mark}, which is not in the state of "${name}": ` +
        "an earlier run was cut off after it was made",
      `To use it: adopt: { "${keyName}": "${id}" } (pulumi config set --path 'kms-pki:adopt.${keyName}' ${id}). ` +
        `To be rid of it: ${keeper.discardCommand(id)}. Then "pulumi up"`,
    );
  }
}

/** The keys that the state tells of: those of its resources, and those that a rotation released. */
function idsOf(recorded: RecordedResources, keeper: KeyKeeper): string[] {
  const uris = [...recorded.values()].flatMap(({ uri, releasedKeys }) => [
    ...(typeof uri === "string" ? [uri] : []),
    ...(typeof releasedKeys === "string" ? (JSON.parse(releasedKeys) as string[]) : []),
  ]);
  return uris.flatMap((uri) => {
    try {
      return [keeper.importId(uri)];
    } catch {
      return []; // a key in another KMS
    }
  });
}
