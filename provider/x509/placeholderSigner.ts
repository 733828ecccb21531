import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Algorithm, algorithmRow, type AlgorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import { signatureKey } from "../kms/signatureKey";

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A key pair for each kind of key, made when it is first needed. Its signatures are never kept. */
const keyPairs = new Map<string, KeyPair>();

/** The size of an RSA key is not in what it signs, so the smallest will do. */
const RSA_BITS = 2048;

/** A signer in memory with a throw-away key, for a certificate that is only looked at. */
export function placeholderSigner(algorithm: Algorithm): Signer {
  const { generate, hash } = algorithmRow(algorithm);
  const kind = generate.type === "ec" ? generate.namedCurve : generate.type;
  const { publicKey, privateKey } = keyPairs.get(kind) ?? generateKeys(generate);
  keyPairs.set(kind, { publicKey, privateKey });
  const key = signatureKey(privateKey, algorithm);
  return { algorithm, publicKey, sign: (message) => Promise.resolve(sign(hash, message, key)) };
}

function generateKeys(generate: AlgorithmRow["generate"]): KeyPair {
  switch (generate.type) {
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: generate.namedCurve });
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: RSA_BITS });
    case "ed25519":
      return generateKeyPairSync("ed25519");
  }
}
