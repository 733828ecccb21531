import { createPublicKey } from "node:crypto";
import { MalformedError } from "./asn1Element";
import { integerType, objectIdentifierType } from "./asn1Primitive";
import { readValue, sequence } from "./asn1Type";
import { hasCloseFactors } from "./closeFactors";
import type { LintedCertificate } from "./lintedCertificate";
import { type Found, type Rule, when } from "./rule";

/** Object identifiers of public keys. */
export const KEY_ALGORITHMS = {
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  ec: "1.2.840.10045.2.1",
  x25519: "1.3.101.110",
  x448: "1.3.101.111",
  ed25519: "1.3.101.112",
  ed448: "1.3.101.113",
} as const;

const DSA = "1.2.840.10040.4.1";

const { rsa, rsaPss, ec, x25519, x448, ed25519, ed448 } = KEY_ALGORITHMS;

/** Curves by their object identifier: the octets of a coordinate. */
const CURVES: Readonly<Record<string, number>> = {
  "1.2.840.10045.3.1.7": 32,
  "1.3.132.0.34": 48,
  "1.3.132.0.35": 66,
  "1.3.132.0.10": 32,
  "1.3.132.0.33": 28,
  "1.3.36.3.3.2.8.1.1.7": 32,
  "1.3.36.3.3.2.8.1.1.11": 48,
  "1.3.36.3.3.2.8.1.1.13": 64,
};

/** Curves below 224 bits, which NIST no longer allows: P-192 and those of SEC 2. */
const WEAK_CURVES = [
  "1.2.840.10045.3.1.1",
  ...["6", "7", "28", "29", "9", "8", "30", "31"].map((arc) => `1.3.132.0.${arc}`),
];

const EDWARDS_OCTETS: Readonly<Record<string, number>> = { [ed25519]: 32, [x25519]: 32, [ed448]: 57, [x448]: 56 };

/** In bits (NIST SP 800-131A). */
const SHORTEST_RSA_KEY = 2048;

const rsaKeyType = sequence({ modulus: integerType, publicExponent: integerType });

export const keyRules: readonly Rule[] = [
  {
    name: "key-algorithm-known",
    source: "RFC 5280, section 4.1.2.7",
    level: "warning",
    check: (certificate) =>
      when(
        !(Object.values(KEY_ALGORITHMS) as string[]).includes(keyAlgorithm(certificate)),
        `the key's algorithm ${keyAlgorithm(certificate)} is unknown`,
      ),
  },
  {
    name: "key-parameters",
    source: "RFC 3279, section 2.3.1; RFC 5480, section 2.1.1; RFC 8410, section 3",
    level: "error",
    check: keyParameterFault,
  },
  {
    name: "key-encoding",
    source: "RFC 3279, section 2.3.1; RFC 5480, section 2.2; RFC 8410, section 4",
    level: "error",
    check: keyEncodingFault,
  },
  {
    name: "key-usable",
    source: "RFC 5280, section 4.1.2.7",
    level: "error",
    check: ({ tbs: { subjectPublicKeyInfo } }: LintedCertificate): Found => {
      const { algorithm } = subjectPublicKeyInfo.value.algorithm.value;
      const isRsaOrEdwards = algorithm === rsa || EDWARDS_OCTETS[algorithm] !== undefined;
      const isKnownCurve = algorithm === ec && CURVES[curveOf(subjectPublicKeyInfo) ?? ""] !== undefined;
      return when(
        (isRsaOrEdwards || isKnownCurve) && !isUsable(subjectPublicKeyInfo.der),
        "OpenSSL cannot use the key",
      );
    },
  },
  {
    name: "key-algorithm-retired",
    source: "FIPS 186-5, appendix D.1",
    level: "error",
    check: (certificate) => when(keyAlgorithm(certificate) === DSA, "the key is for DSA"),
  },
  {
    name: "ec-key-size",
    source: "NIST SP 800-131A, section 3",
    level: "error",
    check: ({ tbs }) =>
      when(WEAK_CURVES.includes(curveOf(tbs.subjectPublicKeyInfo) ?? ""), "the curve has less than 224 bits"),
  },
  {
    name: "rsa-key-size",
    source: "NIST SP 800-131A, section 3",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const bits = rsaKey(certificate)?.modulus.toString(2).length;
      return bits !== undefined && bits < SHORTEST_RSA_KEY ? `the RSA key has ${String(bits)} bits` : undefined;
    },
  },
  {
    name: "rsa-key-values",
    source: "RFC 8017, section 3.1",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const key = rsaKey(certificate);
      if (key === undefined) {
        return undefined;
      }
      const { modulus, publicExponent } = key;
      return (
        when(modulus <= 0n || modulus % 2n === 0n, "the modulus of the RSA key is not a positive odd number") ??
        when(
          publicExponent < 3n || publicExponent % 2n === 0n,
          "the exponent of the RSA key is not an odd number from 3",
        )
      );
    },
  },
  {
    name: "rsa-factors-close",
    source: "Fermat's factorization",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const { modulus } = rsaKey(certificate) ?? {};
      return when(modulus !== undefined && hasCloseFactors(modulus), "the factors of the RSA key can be computed");
    },
  },
];

/** The object identifier of the key's algorithm. */
export function keyAlgorithm({ tbs }: LintedCertificate): string {
  return tbs.subjectPublicKeyInfo.value.algorithm.value.algorithm;
}

/** The numbers of an RSA key; undefined for another key. */
export function rsaKey(certificate: LintedCertificate): { modulus: bigint; publicExponent: bigint } | undefined {
  const { algorithm, subjectPublicKey } = certificate.tbs.subjectPublicKeyInfo.value;
  if (algorithm.value.algorithm !== rsa && algorithm.value.algorithm !== rsaPss) {
    return undefined;
  }
  try {
    return readValue(rsaKeyType, subjectPublicKey.octets, "the RSA key", []);
  } catch {
    return undefined; // key-encoding tells
  }
}

type KeyInfo = LintedCertificate["tbs"]["subjectPublicKeyInfo"];

/** The object identifier of an EC key's curve; undefined if the curve has none. */
function curveOf({ value: { algorithm } }: KeyInfo): string | undefined {
  const { parameters } = algorithm.value;
  return parameters?.tag === 0x06 ? objectIdentifierType.read(parameters, "the curve", []) : undefined;
}

function keyParameterFault(certificate: LintedCertificate): string | undefined {
  const { subjectPublicKeyInfo } = certificate.tbs;
  const { algorithm, parameters } = subjectPublicKeyInfo.value.algorithm.value;
  if (algorithm === rsa) {
    return when(parameters?.tag !== 0x05, "the parameters of an RSA key must be NULL");
  }
  if (algorithm === ec) {
    return when(parameters?.tag !== 0x06, "the parameters of an EC key must name a curve");
  }
  return when(EDWARDS_OCTETS[algorithm] !== undefined && parameters !== undefined, "the key must have no parameters");
}

function keyEncodingFault({ tbs: { subjectPublicKeyInfo } }: LintedCertificate): string | undefined {
  const { algorithm, subjectPublicKey } = subjectPublicKeyInfo.value;
  const { octets, unusedBits } = subjectPublicKey;
  if (unusedBits !== 0) {
    return "the key is not a whole number of octets";
  }
  const name = algorithm.value.algorithm;
  if (name === rsa || name === rsaPss) {
    return rsaEncodingFault(octets);
  }
  if (name === ec) {
    return pointFault(octets, CURVES[curveOf(subjectPublicKeyInfo) ?? ""]);
  }
  const wanted = EDWARDS_OCTETS[name];
  return when(
    wanted !== undefined && octets.length !== wanted,
    `the key has ${String(octets.length)} octets, not ${String(wanted)}`,
  );
}

function rsaEncodingFault(octets: Buffer): string | undefined {
  const faults: string[] = [];
  try {
    readValue(rsaKeyType, octets, "the RSA key", faults);
  } catch (error) {
    if (error instanceof MalformedError) {
      return error.message;
    }
    throw error;
  }
  return faults[0];
}

/** RFC 5480, section 2.2: a point is uncompressed or compressed, and not in the hybrid form. */
function pointFault(octets: Buffer, size: number | undefined): string | undefined {
  const [form] = octets;
  if (form !== 2 && form !== 3 && form !== 4) {
    return "the point of the EC key is neither uncompressed nor compressed";
  }
  const wanted = size === undefined ? undefined : 1 + size * (form === 4 ? 2 : 1);
  return when(
    wanted !== undefined && octets.length !== wanted,
    "the point of the EC key has another length than its curve's",
  );
}

function isUsable(der: Buffer): boolean {
  try {
    createPublicKey({ key: der, format: "der", type: "spki" });
    return true;
  } catch {
    return false;
  }
}
