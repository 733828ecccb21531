import { constants, generateKeyPair as generateWithCallback, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { type Algorithm, algorithmRow } from "./algorithms";
import type { Signer } from "./keyManager";

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

/** A signer with a key pair that fits the algorithm. */
export function signerOf({ privateKey, publicKey }: KeyPair, algorithm: Algorithm): Signer {
  const { hash, pss } = algorithmRow(algorithm);
  const key = pss
    ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : privateKey;
  return { algorithm, publicKey, sign: (message) => signAsync(hash, message, key) };
}

const signAsync = promisify(sign) as (
  hash: string | null,
  message: Uint8Array,
  key: KeyObject | { key: KeyObject; padding: number; saltLength: number },
) => Promise<Uint8Array>;

const generateAsync = promisify(generateWithCallback) as unknown as (type: string, options: object) => Promise<KeyPair>;
