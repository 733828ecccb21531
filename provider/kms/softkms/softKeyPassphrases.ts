import { PkiError } from "../../errors";
import { type KeyPair, keyPairOf } from "./keyPair";
import { readPrivateKey } from "./privateKey";
import { isEncrypted } from "./privateKeyPem";

/** The passphrases that open key files. */
export interface SoftKeyPassphrases {
  /** Reads the passphrase; called only for an encrypted key. */
  readonly passphrase: () => string;
  /** Reads the passphrase as release 0.1.0 did; tried on a key that the passphrase does not open. */
  readonly earlierPassphrase?: () => string | undefined;
  /** Receives a message for the person at the terminal. */
  readonly notice: (message: string) => void;
}

/** A key that was opened from its file. */
export interface OpenedKey {
  readonly pair: KeyPair;
  /** Undefined for an unencrypted key, and for a key that was made in this process. */
  readonly passphrase: string | undefined;
}

/**
 * Opens a key file.
 *
 * @param uri names the key in messages
 * @throws PkiError the errors of {@link readPrivateKey} and {@link keyPairOf}
 */
export function openSoftKey(pem: string, uri: string, passphrases: SoftKeyPassphrases): OpenedKey {
  if (!isEncrypted(pem)) {
    return { pair: keyPairOf(readPrivateKey(pem, undefined, uri), uri), passphrase: undefined };
  }
  const passphrase = passphrases.passphrase();
  try {
    return { pair: keyPairOf(readPrivateKey(pem, passphrase, uri), uri), passphrase };
  } catch (error) {
    const earlier = passphrases.earlierPassphrase?.();
    if (!isRejection(error) || earlier === undefined || earlier === passphrase) {
      throw error;
    }
    return openAsEarlier(pem, uri, earlier, error, passphrases.notice);
  }
}

function openAsEarlier(
  pem: string,
  uri: string,
  passphrase: string,
  rejection: PkiError,
  notice: SoftKeyPassphrases["notice"],
): OpenedKey {
  let pair: KeyPair;
  try {
    pair = keyPairOf(readPrivateKey(pem, passphrase, uri), uri);
  } catch (error) {
    throw isRejection(error) ? rejection : error;
  }
  notice(
    `warning: ${uri} is encrypted under the passphrase with its trailing white space. step-ca drops that white ` +
      "space and cannot open the key. Encrypt the key again: see docs/secrets.md.",
  );
  return { pair, passphrase };
}

function isRejection(error: unknown): error is PkiError {
  return error instanceof PkiError && error.code === "PASSPHRASE_REJECTED";
}
