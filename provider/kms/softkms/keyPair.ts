import { createPublicKey, generateKeyPair as generateWithCallback, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { PkiError } from "../../errors";
import { type Algorithm, ALGORITHM_NAMES, algorithmOf, algorithmRow } from "../algorithms";
import type { Signer } from "../keyManager";
import { signatureKey } from "../signatureKey";
import { requireFit } from "../signingKey";

/** A private key in this process's memory, with its public key. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes a key pair. */
export function generateKeyPair(algorithm: Algorithm): Promise<KeyPair> {
  const { type, ...options } = algorithmRow(algorithm).generate;
  return generateAsync(type, options);
}

/**
 * The key pair of a private key.
 *
 * @param uri names the key in an error
 * @throws PkiError `KEY_DAMAGED` if its halves do not match, as after damage that leaves the form intact,
 * `ALGORITHM_UNSUPPORTED`
 */
export function keyPairOf(privateKey: KeyObject, uri: string): KeyPair {
  const publicKey = createPublicKey(privateKey);
  const { hash } = algorithmRow(algorithmOf(publicKey));
  const message = Buffer.from(uri);
  try {
    if (verify(hash, message, publicKey, sign(hash, message, privateKey))) {
      return { privateKey, publicKey };
    }
  } catch {
    // OpenSSL refuses to calculate with it.
  }
  throw new PkiError("KEY_DAMAGED", `${uri} holds no usable private key`, "Restore the file from a backup");
}

/**
 * Creates a signer with a key pair.
 *
 * @param uri names the key in an error
 * @throws PkiError `ALGORITHM_UNSUPPORTED` if the key does not fit the algorithm
 */
export function keyPairSigner({ privateKey, publicKey }: KeyPair, algorithm: Algorithm, uri: string): Signer {
  requireFit(publicKey, algorithm, uri, ALGORITHM_NAMES);
  const { hash } = algorithmRow(algorithm);
  const key = signatureKey(privateKey, algorithm);
  return { algorithm, publicKey, sign: (message) => signAsync(hash, message, key) };
}

const signAsync = promisify(sign) as (
  hash: string | null,
  message: Uint8Array,
  key: ReturnType<typeof signatureKey>,
) => Promise<Uint8Array>;

const generateAsync = promisify(generateWithCallback) as unknown as (type: string, options: object) => Promise<KeyPair>;
