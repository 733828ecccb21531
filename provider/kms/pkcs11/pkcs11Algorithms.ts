import { createHash } from "node:crypto";
import { encodeTlv } from "../../piv/tlv";
import { type Algorithm, ALGORITHM_NAMES, algorithmRow } from "../algorithms";
import { CKG_MGF1_SHA256, CKK, CKM, type Mechanism, PARAMETER_RSA_PSS } from "./cryptoki";

/** Every algorithm. The token's list of mechanisms shows which ones it supports. */
export const PKCS11_ALGORITHMS: readonly Algorithm[] = ALGORITHM_NAMES;

/** The algorithms that step-ca can sign with. Its library does not support Edwards curves. */
export const STEP_CA_ALGORITHMS: readonly Algorithm[] = ALGORITHM_NAMES.filter((name) => name !== "ED25519");

/** How a key of an algorithm is made and used in a token. */
export interface TokenAlgorithm {
  readonly keyType: number;
  readonly generation: number;
  readonly signing: Mechanism;
  /** For EC keys: the names of the curve as CKA_EC_PARAMS (RFC 5480, section 2.1.1). A module accepts one of them. */
  readonly curves: readonly Buffer[];
  /** For RSA keys. */
  readonly bits?: number;
}

const CURVES: Readonly<Record<string, string>> = {
  "P-256": "06082a8648ce3d030107",
  "P-384": "06052b81040022",
  "P-521": "06052b81040023",
};

const PSS = {
  mechanism: CKM.RSA_PKCS_PSS,
  parameter: { type: PARAMETER_RSA_PSS, hashAlg: CKM.SHA256, mgf: CKG_MGF1_SHA256, saltLen: 32 },
};

/** How a key of an algorithm is made and used in a token. */
export function tokenAlgorithm(algorithm: Algorithm): TokenAlgorithm {
  const { generate, pss } = algorithmRow(algorithm);
  switch (generate.type) {
    case "ec":
      return {
        keyType: CKK.EC,
        generation: CKM.EC_KEY_PAIR_GEN,
        signing: { mechanism: CKM.ECDSA },
        curves: [Buffer.from(CURVES[generate.namedCurve] ?? "", "hex")],
      };
    case "rsa":
      return {
        keyType: CKK.RSA,
        generation: CKM.RSA_PKCS_KEY_PAIR_GEN,
        signing: pss ? PSS : { mechanism: CKM.RSA_PKCS },
        curves: [],
        bits: generate.modulusLength,
      };
    case "ed25519":
      return {
        keyType: CKK.EC_EDWARDS,
        generation: CKM.EC_EDWARDS_KEY_PAIR_GEN,
        signing: { mechanism: CKM.EDDSA },
        // The identifier of RFC 8410, and the name of PKCS #11 3.0.
        curves: [Buffer.from("06032b6570", "hex"), encodeTlv(0x13, Buffer.from("edwards25519"))],
      };
  }
}

/** SHA-256 as an AlgorithmIdentifier with NULL (RFC 8017, section 9.2, note 1). */
const SHA256_IDENTIFIER = Buffer.from("300d06096086480165030402010500", "hex");

/** The data that a token signs for a message: a digest, a DigestInfo, or the message itself. */
export function signedData(algorithm: Algorithm, message: Uint8Array): Buffer {
  const { hash, generate, pss } = algorithmRow(algorithm);
  if (hash === null) {
    return Buffer.from(message);
  }
  const digest = createHash(hash).update(message).digest();
  return generate.type === "rsa" && !pss ? encodeTlv(0x30, SHA256_IDENTIFIER, encodeTlv(0x04, digest)) : digest;
}

/** A token's signature in the form of X.509. For ECDSA, a token returns the two numbers side by side. */
export function x509Signature(algorithm: Algorithm, signature: Uint8Array): Uint8Array {
  if (algorithmRow(algorithm).generate.type !== "ec") {
    return signature;
  }
  const half = signature.length / 2;
  const numbers = [signature.subarray(0, half), signature.subarray(half)];
  return encodeTlv(0x30, ...numbers.map((number) => encodeTlv(0x02, positiveInteger(number))));
}

function positiveInteger(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const shortest = first === -1 ? Buffer.of(0) : Buffer.from(octets.subarray(first));
  return (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.of(0), shortest]);
}
