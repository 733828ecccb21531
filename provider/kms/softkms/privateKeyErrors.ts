import { PkiError } from "../../errors";

/** The error when a passphrase does not open a key: `PASSPHRASE_REJECTED`. */
export function passphraseRejected(uri: string, cause?: unknown): PkiError {
  return new PkiError(
    "PASSPHRASE_REJECTED",
    `the passphrase does not open ${uri}`,
    "Give the passphrase that the key was made with",
    { cause },
  );
}

/** The error when a file holds no key that can be read: `KEY_DAMAGED`. */
export function keyDamaged(uri: string, cause?: unknown): PkiError {
  return new PkiError("KEY_DAMAGED", `${uri} holds no readable private key`, "Restore the file from a backup", {
    cause,
  });
}

/**
 * The error when a file is whole, but of a kind that is not read: `KEY_FORMAT_UNSUPPORTED`.
 *
 * @param what follows the key's name, such as "is a PKCS#12 file"
 * @param remedy what to do, as a sentence without a full stop; for most kinds a command
 */
export function keyFormatUnsupported(uri: string, what: string, remedy: string): PkiError {
  return new PkiError("KEY_FORMAT_UNSUPPORTED", `${uri} ${what}`, remedy);
}
