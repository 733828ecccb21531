import type { Problem } from "../../../words/problem";
import type { CloudConnection } from "../cloudKeyUri";
import { resourceType } from "../../resourceType";
import { checkExistingCloudKey, checkExistingCloudVersion } from "./cloudKmsAttainable";
import { isThere, levelOf, withCloudKms } from "./cloudKmsKeeper";
import type { KnownCloudSettings } from "./cloudKmsKeysArgs";
import type { FindRecorded } from "../../../keySources/keySource";
import type { PlannedKey } from "../../../authority/plannedKey";

/** The type of the resource that makes a version of a key. */
export const VERSION_TYPE = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion";

/** The ring of a program's keys, and the program's settings. */
export interface CloudKeysSource {
  readonly connection: CloudConnection;
  /** `projects/.../keyRings/R`. */
  readonly ring: string;
  readonly settings: KnownCloudSettings;
}

/** The existing version for the first generation of a key. */
export function existingVersion(
  { existing }: KnownCloudSettings,
  { role, name, sharedName }: PlannedKey,
): string | undefined {
  return name === sharedName ? existing?.[role] : undefined;
}

/** Checks existing keys and versions with Google, before a version is made or first used. */
export async function checkExistingCloud(
  key: PlannedKey,
  find: FindRecorded,
  { connection, ring, settings }: CloudKeysSource,
): Promise<Problem[]> {
  const { role, keyName, name, algorithm } = key;
  const level = levelOf(settings, role);
  const version = existingVersion(settings, key);
  if (version !== undefined) {
    const isUsed = find(resourceType("ExistingKey"), name) !== undefined;
    const ask = (wanted: string) => withCloudKms(connection, (kms) => kms.versionLevel(wanted));
    return isUsed ? [] : checkExistingCloudVersion(key, version, level, ask);
  }
  const isMade = ["", "-adopted"].some((end) => find(VERSION_TYPE, `${name}-${algorithm}${end}`) !== undefined);
  if (isMade || settings.adopt?.[keyName] !== undefined || !isThere(settings.existing?.cryptoKeys, role)) {
    return [];
  }
  const ask = (wanted: string) => withCloudKms(connection, (kms) => kms.describeCryptoKey(wanted));
  return checkExistingCloudKey(key, `${ring}/cryptoKeys/${role}`, level, ask);
}
