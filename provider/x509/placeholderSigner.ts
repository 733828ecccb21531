import { type Algorithm, algorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import { generateKeyPair, type KeyPair, signerOf } from "../kms/keyPair";

/** A key pair for each kind of key, made when it is first needed. Its signatures are never kept. */
const keyPairs = new Map<Algorithm, Promise<KeyPair>>();

/** A signer in memory with a throw-away key, for a certificate that is only looked at. */
export async function placeholderSigner(algorithm: Algorithm): Promise<Signer> {
  // The size of an RSA key is not in what it signs, so the smallest will do.
  const kind = algorithmRow(algorithm).generate.type === "rsa" ? "RSA_2048_PKCS1" : algorithm;
  const pair = keyPairs.get(kind) ?? generateKeyPair(kind);
  keyPairs.set(kind, pair);
  return signerOf(await pair, algorithm);
}
