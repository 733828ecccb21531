import { checkNewPassphrase } from "../../words/secrets";
import { deriveEncryptionKey, type EncryptionKey } from "./encryptedPrivateKey";

/**
 * The keys that encrypt private keys. Each is derived once a process for all keys that it makes, because all of them
 * share one passphrase anyway.
 */
export class EncryptionKeys {
  readonly #derived = new Map<string, Promise<EncryptionKey>>();

  /** @throws PkiError `INPUT_INVALID` for a passphrase that cannot encrypt a new key */
  under(passphrase: string): Promise<EncryptionKey> {
    checkNewPassphrase(passphrase);
    const deriving = this.#derived.get(passphrase) ?? deriveEncryptionKey(passphrase);
    this.#derived.set(passphrase, deriving);
    return deriving;
  }
}
