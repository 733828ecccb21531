import type { X509Certificate as NodeCertificate } from "node:crypto";
import {
  type BasicConstraintsExtension,
  KeyUsageFlags,
  type KeyUsagesExtension,
  type X509Certificate,
} from "./peculiarX509";
import { childrenOf } from "./der";
import { type CertificateFault, fault } from "./fault";

/** The parts of a certificate that are checked. */
export interface FaultEvidence {
  readonly node: NodeCertificate;
  readonly certificate: X509Certificate;
  readonly constraints: BasicConstraintsExtension | null;
  readonly usages: KeyUsagesExtension | null;
  readonly isSelfIssued: boolean;
}

const EC_KEY = "2a8648ce3d0201";
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1"];
/** Signature algorithms with MD2, MD5 and SHA-1, for RSA, DSA and ECDSA. */
const WEAK_SIGNATURES = [
  "2a864886f70d010102",
  "2a864886f70d010104",
  "2a864886f70d010105",
  "2a8648ce380403",
  "2a8648ce3d0401",
];
/** The critical extensions that OpenSSL and Go both know: RFC 5280, section 4.2.1. */
const KNOWN_EXTENSIONS = [14, 15, 17, 19, 30, 31, 32, 35, 36, 37, 54].map((number) => `2.5.29.${String(number)}`);

/**
 * The reason why a certificate is not a CA certificate that every reader accepts. Its dates and its place in a path are
 * not checked. A CA may lack keyUsage: keyCertSign is required only if the extension is present (RFC 5280, section
 * 6.1.4 (n)).
 */
export function caFault(evidence: FaultEvidence): CertificateFault | undefined {
  const { node, certificate, constraints, usages, isSelfIssued } = evidence;
  if (constraints?.ca !== true) {
    return fault("ISSUER_NOT_CA", "it is not a CA certificate", "Use a certificate with basic constraints CA:TRUE");
  }
  if (usages !== null && (usages.usages & KeyUsageFlags.keyCertSign) === 0) {
    return fault(
      "ISSUER_NOT_CA",
      "it lacks the key usage keyCertSign",
      "Use a certificate with keyCertSign, or without key usages",
    );
  }
  if (node.serialNumber.startsWith("-")) {
    return fault("INPUT_INVALID", "its serial number is negative, which step-ca refuses", ANOTHER);
  }
  if (!isSelfIssued && WEAK_SIGNATURES.includes(algorithmOid(node.raw, 1))) {
    return fault("INPUT_INVALID", "it is signed with SHA-1 or MD5, which step-ca refuses", ANOTHER);
  }
  const unknown = certificate.extensions.find(({ critical, type }) => critical && !KNOWN_EXTENSIONS.includes(type));
  if (unknown !== undefined) {
    return fault(
      "INPUT_INVALID",
      `it has the critical extension ${unknown.type}, which step-ca does not know`,
      ANOTHER,
    );
  }
  return keyFault(node, Buffer.from(certificate.publicKey.rawData));
}

const ANOTHER = "Have the certificate reissued without it";

function keyFault({ publicKey }: NodeCertificate, publicKeyDer: Buffer): CertificateFault | undefined {
  const { modulusLength = 0, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const type = publicKey.asymmetricKeyType;
  if (type === "rsa") {
    return modulusLength >= 2048
      ? undefined
      : fault("ALGORITHM_UNSUPPORTED", `its RSA key has ${String(modulusLength)} bits, which is too weak`, STRONGER);
  }
  if (type === "ec" && hasExplicitCurve(publicKeyDer)) {
    return fault("ALGORITHM_UNSUPPORTED", "its key spells out the curve's parameters, which step-ca refuses", NAMED);
  }
  return type === "ed25519" || (type === "ec" && CURVES.includes(namedCurve))
    ? undefined
    : fault(
        "ALGORITHM_UNSUPPORTED",
        `its key (${namedCurve ?? type ?? "unknown"}) is of a type that step-ca refuses`,
        STRONGER,
      );
}

const STRONGER = "Use a CA with a key on P-256, P-384, P-521 or Ed25519, or RSA of 2048 bits or more";
const NAMED = "Have the certificate reissued for the same key with a named curve (openssl ec -param_enc named_curve)";

/** SubjectPublicKeyInfo ::= SEQUENCE { SEQUENCE { algorithm, parameters }, subjectPublicKey }. */
function hasExplicitCurve(publicKeyDer: Buffer): boolean {
  const [algorithm, parameters] = childrenOf(childrenOf(publicKeyDer)[0]?.whole);
  return algorithm?.content.toString("hex") === EC_KEY && parameters?.tag === 0x30;
}

/** The object identifier, in hex, of the algorithm that is the n-th part of a structure. */
function algorithmOid(der: Buffer, part: number): string {
  return childrenOf(childrenOf(der)[part]?.whole)[0]?.content.toString("hex") ?? "";
}
