import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { PkiError } from "../../errors";
import { type Algorithm, ALGORITHM_NAMES, algorithmOf, algorithmRow } from "../algorithms";
import type { Signer } from "../keyManager";
import { type KeyPair, signerOf } from "../keyPair";
import { requireFit } from "../signingKey";

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
export function keyPairSigner(pair: KeyPair, algorithm: Algorithm, uri: string): Signer {
  requireFit(pair.publicKey, algorithm, uri, ALGORITHM_NAMES);
  return signerOf(pair, algorithm);
}
