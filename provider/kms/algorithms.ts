import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";

/**
 * A signing algorithm: a key type with its hash and padding. No code below this table switches on an algorithm's name;
 * every difference between algorithms is a column.
 */
export interface AlgorithmRow {
  /** Node's parameters to generate such a key. */
  readonly generate:
    | { readonly type: "ec"; readonly namedCurve: string }
    | { readonly type: "rsa"; readonly modulusLength: number }
    | { readonly type: "ed25519" };
  /** The same algorithm in WebCrypto's terms, which `@peculiar/x509` maps to an X.509 OID. */
  readonly webCrypto: {
    readonly name: string;
    readonly hash?: string;
    readonly namedCurve?: string;
    readonly saltLength?: number;
  };
  /** Node's name of the hash; null if the algorithm itself hashes. */
  readonly hash: "sha256" | "sha384" | "sha512" | null;
  /** RSA only: PSS with a salt as long as the hash. PKCS#1 v1.5 otherwise. */
  readonly pss: boolean;
  /** The key's type in OpenSSH lines (RFC 4253, RFC 5656, RFC 8709). */
  readonly sshName: string;
}

const ecdsa = (curve: string, size: string, hash: "sha256" | "sha384" | "sha512", sshName: string): AlgorithmRow => ({
  generate: { type: "ec", namedCurve: curve },
  webCrypto: { name: "ECDSA", hash: `SHA-${size}`, namedCurve: curve },
  hash,
  pss: false,
  sshName,
});

const rsa = (modulusLength: number, pss: boolean): AlgorithmRow => ({
  generate: { type: "rsa", modulusLength },
  webCrypto: pss
    ? { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 }
    : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  hash: "sha256",
  pss,
  sshName: "ssh-rsa",
});

/** Every algorithm of this package. Each KMS supports some of them. */
const ALGORITHMS = {
  ECDSA_P256: ecdsa("P-256", "256", "sha256", "ecdsa-sha2-nistp256"),
  ECDSA_P384: ecdsa("P-384", "384", "sha384", "ecdsa-sha2-nistp384"),
  ECDSA_P521: ecdsa("P-521", "512", "sha512", "ecdsa-sha2-nistp521"),
  RSA_2048_PKCS1: rsa(2048, false),
  RSA_3072_PKCS1: rsa(3072, false),
  RSA_4096_PKCS1: rsa(4096, false),
  RSA_2048_PSS: rsa(2048, true),
  RSA_3072_PSS: rsa(3072, true),
  RSA_4096_PSS: rsa(4096, true),
  ED25519: {
    generate: { type: "ed25519" },
    webCrypto: { name: "Ed25519" },
    hash: null,
    pss: false,
    sshName: "ssh-ed25519",
  },
} as const satisfies Record<string, AlgorithmRow>;

/**
 * The name of a signing algorithm: `ECDSA_P256` (SHA-256), `ECDSA_P384` (SHA-384), `ECDSA_P521` (SHA-512),
 * `RSA_{2048,3072,4096}_{PKCS1,PSS}` (SHA-256), `ED25519`.
 */
export type Algorithm = keyof typeof ALGORITHMS;

/** The default algorithm, as in smallstep's tools. */
export const DEFAULT_ALGORITHM: Algorithm = "ECDSA_P256";

/**
 * The algorithm with which an SSH CA uses a key of this X.509 algorithm. For RSA, OpenSSH knows only PKCS#1 v1.5 (RFC 8332).
 */
export function sshAlgorithm(algorithm: Algorithm): Algorithm {
  return algorithm.replace(/_PSS$/, "_PKCS1") as Algorithm;
}

/** All algorithm names, in the order of the table. */
export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];

/** Whether a value is the name of an algorithm. */
export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === "string" && Object.hasOwn(ALGORITHMS, value);
}

/** The row of an algorithm. */
export function algorithmRow(algorithm: Algorithm): AlgorithmRow {
  return ALGORITHMS[algorithm];
}

/**
 * Whether a key has the type and size of an algorithm. RSA keys fit both PKCS#1 and PSS.
 */
export function fitsAlgorithm(key: KeyObject, algorithm: Algorithm): boolean {
  const { generate } = ALGORITHMS[algorithm];
  if (key.asymmetricKeyType !== generate.type) {
    return false;
  }
  switch (generate.type) {
    case "ec":
      return key.asymmetricKeyDetails?.namedCurve === OPENSSL_CURVES[generate.namedCurve];
    case "rsa":
      return key.asymmetricKeyDetails?.modulusLength === generate.modulusLength;
    case "ed25519":
      return true;
  }
}

/**
 * The default algorithm of a key: PKCS#1 v1.5 for RSA.
 *
 * @throws PkiError `ALGORITHM_UNSUPPORTED` for any other key
 */
export function algorithmOf(key: KeyObject): Algorithm {
  const algorithm = ALGORITHM_NAMES.find((name) => fitsAlgorithm(key, name));
  if (algorithm === undefined) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `${describeKeyType(key)} cannot be used`,
      `Use a key for one of ${ALGORITHM_NAMES.join(", ")}`,
    );
  }
  return algorithm;
}

function describeKeyType({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === "rsa") {
    return `an RSA key of ${String(details?.modulusLength)} bits`;
  }
  return type === "ec" ? `an EC key on the curve ${details?.namedCurve ?? "unknown"}` : `a key of type ${String(type)}`;
}

/** OpenSSL's names of the curves, as Node reports them. */
const OPENSSL_CURVES: Record<string, string> = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };
