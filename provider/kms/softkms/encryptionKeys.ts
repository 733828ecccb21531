import { checkNewPassphrase } from "../../words/secrets";
import { deriveEncryptionKey, type EncryptionKey } from "./encryptedPrivateKey";

/** What keys are encrypted under. Derived once a process for all keys that it makes: whoever guesses the passphrase of one has that of all. */
export class EncryptionKeys {
  readonly #derived = new Map<string, Promise<EncryptionKey>>();

  /** @throws PkiError `INPUT_INVALID` for a passphrase that no new key can be under */
  under(passphrase: string): Promise<EncryptionKey> {
    checkNewPassphrase(passphrase);
    const deriving = this.#derived.get(passphrase) ?? deriveEncryptionKey(passphrase);
    this.#derived.set(passphrase, deriving);
    return deriving;
  }
}
