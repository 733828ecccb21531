import type { NamedKey } from "../provider/keySources/stackKms";
import { stackSettings } from "./settings";
import { kmsOfRootKey, partOf } from "./stackKms";

/**
 * The key that the setting `rootKey` names: a file, or a key of a KMS.
 *
 * @throws PkiError `KEY_URI_INVALID`, `CONFIG_INVALID`
 */
export function rootKey(key: string): NamedKey {
  const kms = kmsOfRootKey(key);
  return kms === undefined ? { uri: key } : partOf(kms).rootKey(stackSettings, key);
}
