import { type CloudConnection, parseCloudKey } from "../kms/cloudKeyUri";
import type { CloudKms } from "../kms/cloudkms";
import type { KeyKeeper } from "./keyOrigin";
import { programSecrets } from "./programSecrets";

/**
 * What Cloud KMS knows of the versions of a key. A version bears no label: every version that can sign is marked.
 *
 * @param cryptoKey `projects/.../cryptoKeys/K`
 */
export function cloudKmsKeeper(connection: CloudConnection, cryptoKey: string): KeyKeeper {
  return {
    importId: parseCloudKey,
    idOutput: "name",
    keepCommands: (id) => `gcloud kms keys versions restore ${id}, gcloud kms keys versions enable ${id}`,
    discardCommand: (id) => `gcloud kms keys versions destroy ${id}`,
    mark: `that can sign, a version of ${cryptoKey}`,
    async isAboutToBeDeleted(id) {
      const state = await withCloudKms(connection, (kms) => kms.versionState(id));
      return state === "DESTROY_SCHEDULED" || state === "DESTROYED";
    },
    findMarked: () => withCloudKms(connection, (kms) => kms.listUsableVersions(cryptoKey)),
  };
}

/** Asks Cloud KMS, by a connection of its own. */
export async function withCloudKms<Result>(
  connection: CloudConnection,
  use: (kms: CloudKms) => Promise<Result>,
): Promise<Result> {
  const { CloudKms } = await import("../kms/cloudkms.js");
  const kms = new CloudKms({
    ...connection,
    rootDirectory: programSecrets().rootDirectory,
    notice: () => undefined,
  });
  try {
    return await use(kms);
  } finally {
    await kms.close();
  }
}
