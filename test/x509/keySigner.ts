import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Algorithm } from "../../provider/kms/algorithms";
import type { Signer } from "../../provider/kms/keyManager";
import { SIGNATURE_SCHEMES, withPadding } from "../fixtures/signatureSchemes";

/** The two halves of a key. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const pairs = new Map<string, KeyPair>();

/** A key for an algorithm. It is the same for the same name and type, because RSA keys are slow to make. */
export function keyPair(algorithm: Algorithm, name = "key"): KeyPair {
  const { key } = SIGNATURE_SCHEMES[algorithm];
  const id = `${JSON.stringify(key)} ${name}`;
  const pair = pairs.get(id) ?? newKeyPair(algorithm);
  pairs.set(id, pair);
  return pair;
}

/** A new key for an algorithm. */
export function newKeyPair(algorithm: Algorithm): KeyPair {
  const { key } = SIGNATURE_SCHEMES[algorithm];
  switch (key.type) {
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: key.curve });
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: key.bits });
    case "ed25519":
      return generateKeyPairSync("ed25519");
  }
}

/** A private key in memory as a {@link Signer}, which counts how often it signs. */
export class KeySigner implements Signer {
  readonly publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  readonly #distort: (signature: Buffer) => Buffer;
  /** The number of requested signatures. */
  calls = 0;

  /**
   * @param distort changes a signature; by default, nothing does
   */
  constructor(
    { publicKey, privateKey }: KeyPair = keyPair("ECDSA_P256"),
    readonly algorithm: Algorithm = "ECDSA_P256",
    distort = (signature: Buffer): Buffer => signature,
  ) {
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
    this.#distort = distort;
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    this.calls += 1;
    const scheme = SIGNATURE_SCHEMES[this.algorithm];
    return Promise.resolve(this.#distort(sign(scheme.hash, message, withPadding(this.#privateKey, scheme))));
  }
}
