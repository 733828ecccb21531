import { type AwsConnection, awsKeyId } from "../kms/awsKeyUri";
import type { AwsKms } from "../kms/awskms";
import type { KeyKeeper } from "./keyOrigin";
import { programSecrets } from "./programSecrets";

/** The tag by which a key is found again whose creation was cut off. */
export const OWNER_TAG = "pulumi-kms-pki";

/** What AWS knows of its keys. A key is marked by a tag. */
export function awsKmsKeeper(connection: AwsConnection, owner: string): KeyKeeper {
  return {
    importId: awsKeyId,
    idOutput: "keyId",
    keepCommands: (id) => `aws kms cancel-key-deletion --key-id ${id}, aws kms enable-key --key-id ${id}`,
    discardCommand: (id) => `aws kms schedule-key-deletion --key-id ${id}`,
    mark: `with the tag ${OWNER_TAG}=${owner}`,
    async isAboutToBeDeleted(id) {
      const { awsKeyState } = await import("../kms/awskmsKeys.js");
      const state = await withAwsKms(connection, (kms) => awsKeyState(kms, id));
      return state === "PendingDeletion" || state === "PendingReplicaDeletion";
    },
    async findMarked() {
      const { findTaggedKeys } = await import("../kms/awskmsKeys.js");
      return withAwsKms(connection, (kms) => findTaggedKeys(kms, { key: OWNER_TAG, value: owner }));
    },
  };
}

/** Asks for the aliases of the region, with the ids of the keys that they point to. */
export async function awsKmsAliases(connection: AwsConnection): Promise<ReadonlyMap<string, string>> {
  const { listAliases } = await import("../kms/awskmsKeys.js");
  return withAwsKms(connection, listAliases);
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
