import { PkiError } from "../../errors";

/** The error for a passphrase that does not open a key: `PASSPHRASE_REJECTED`. */
export function passphraseRejected(uri: string, cause?: unknown): PkiError {
  return new PkiError(
    "PASSPHRASE_REJECTED",
    `the passphrase does not open ${uri}`,
    "Give the passphrase that the key was made with",
    { cause },
  );
}

/** The error for a file without a readable key: `KEY_DAMAGED`. */
export function keyDamaged(uri: string, cause?: unknown): PkiError {
  return new PkiError("KEY_DAMAGED", `${uri} holds no readable private key`, "Restore the file from a backup", {
    cause,
  });
}

/**
 * The error for an intact file in an unsupported format: `KEY_FORMAT_UNSUPPORTED`.
 *
 * @param what follows the key's name, such as "is a PKCS#12 file"
 * @param remedy what to do, as a sentence without a period; for most formats a command
 */
export function keyFormatUnsupported(uri: string, what: string, remedy: string): PkiError {
  return new PkiError("KEY_FORMAT_UNSUPPORTED", `${uri} ${what}`, remedy);
}
