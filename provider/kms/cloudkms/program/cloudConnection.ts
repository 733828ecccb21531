import type { KmsBlock } from "../../../stepca/config";
import { type CloudConnection, cloudKmsUri } from "../cloudKeyUri";
import type { KnownCloudSettings } from "./cloudKmsKeysArgs";

/** How the keys of a program are reached. */
export function cloudConnection({ credentialsFile }: Pick<KnownCloudSettings, "credentialsFile">): CloudConnection {
  return credentialsFile === undefined ? {} : { credentialsFile };
}

/** The `kms` block of ca.json, with a field or as one URI. */
export function cloudKmsBlock(settings: Pick<KnownCloudSettings, "credentialsFile" | "kmsUri">): KmsBlock {
  const connection = cloudConnection(settings);
  return { type: "cloudkms", ...(settings.kmsUri === true ? { uri: cloudKmsUri(connection) } : connection) };
}

/** How the key's own resource says that; undefined where Google's library finds it by itself. */
export function cloudKeyKms(credentialsFile: string | undefined): string | undefined {
  return credentialsFile === undefined ? undefined : cloudKmsUri({ credentialsFile });
}
