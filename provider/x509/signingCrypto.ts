import { webcrypto } from "node:crypto";
import { AsnEcSignatureFormatter } from "./peculiarX509";
import { PkiError } from "../errors";
import { algorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";

/**
 * A crypto engine and a private key for `@peculiar/x509`, backed by a {@link Signer}. Everything is Node's own
 * WebCrypto except `subtle.sign`, which asks the signer. The library expects ECDSA signatures as WebCrypto returns them
 * (r and s side by side) and converts them back into DER.
 */
export interface SigningCrypto {
  readonly crypto: Crypto;
  readonly signingKey: CryptoKey;
}

type Crypto = typeof webcrypto;
type CryptoKey = webcrypto.CryptoKey;

/** The error for a signature that is malformed or does not verify. */
export function invalidSignature(options?: ErrorOptions): PkiError {
  return new PkiError(
    "SIGNATURE_INVALID",
    "the returned signature does not verify with the public half of the key and was not accepted",
    "Run again. If it happens again, do not trust the key management service or the connection to it",
    options,
  );
}

/**
 * A crypto engine whose signatures come from a key management service.
 *
 * @throws PkiError `SIGNATURE_INVALID` if signing returns a malformed ECDSA signature
 */
export function signingCrypto(signer: Signer): SigningCrypto {
  const algorithm = algorithmRow(signer.algorithm).webCrypto;
  const signingKey = { type: "private", extractable: false, algorithm, usages: ["sign"] } as CryptoKey;
  const sign = async (_algorithm: unknown, _key: CryptoKey, message: ArrayBuffer): Promise<ArrayBuffer> => {
    const signature = Uint8Array.from(await signer.sign(new Uint8Array(message))).buffer;
    try {
      return new AsnEcSignatureFormatter().toWebSignature(algorithm, signature) ?? signature;
    } catch (cause) {
      throw invalidSignature({ cause });
    }
  };
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, property) => {
      const member: unknown = property === "sign" ? sign : Reflect.get(target, property);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  const crypto = new Proxy(webcrypto, {
    get: (target, property) => (property === "subtle" ? subtle : (Reflect.get(target, property) as unknown)),
  });
  return { crypto, signingKey };
}
