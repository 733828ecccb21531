import type { KmsBlock } from "../../../stepca/config";
import { type CloudConnection, cloudKmsUri } from "../cloudKeyUri";
import type { KnownCloudSettings } from "./cloudKmsKeysArgs";

/** How to reach the keys of a program. */
export function cloudConnection({ credentialsFile }: Pick<KnownCloudSettings, "credentialsFile">): CloudConnection {
  return credentialsFile === undefined ? {} : { credentialsFile };
}

/** The `kms` block of ca.json, with fields or as one URI. */
export function cloudKmsBlock(settings: Pick<KnownCloudSettings, "credentialsFile" | "kmsUri">): KmsBlock {
  const connection = cloudConnection(settings);
  return { type: "cloudkms", ...(settings.kmsUri === true ? { uri: cloudKmsUri(connection) } : connection) };
}

/** The `kms` input of a key's resource; undefined if Google's library finds the credentials by itself. */
export function cloudKeyKms(credentialsFile: string | undefined): string | undefined {
  return credentialsFile === undefined ? undefined : cloudKmsUri({ credentialsFile });
}
