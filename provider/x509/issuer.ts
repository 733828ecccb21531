import type { KeyObject } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "./peculiarX509";
import { PkiError } from "../errors";
import { type Algorithm, fitsAlgorithm } from "../kms/algorithms";
import { caFault } from "./certificateFault";
import { publicKeyPem, readCertificate } from "./certificate";
import type { CertificateFault } from "./fault";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";
import type { CertificateTemplate } from "./template";

/** A CA certificate that is to issue another, or that a cross certificate stands in for. */
export interface Issuer {
  readonly publicKey: KeyObject;
  readonly publicKeyPem: string;
  /** The certificate itself. */
  readonly certificateDer: Buffer;
  /** The subject public key info, as DER, octet by octet. */
  readonly publicKeyDer: ArrayBuffer;
  /** The subject, as DER: what goes into the child's issuer field, octet by octet. */
  readonly subjectDer: ArrayBuffer;
  /** The name of its own issuer, as DER. */
  readonly issuerDer: ArrayBuffer;
  /** Hex. Copied from the certificate, and computed only if it has none. */
  readonly subjectKeyIdentifier: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  /** Whether its key usages allow it to sign certificate revocation lists. */
  readonly signsLists: boolean;
  /** The reason why it cannot issue anything. */
  readonly fault: CertificateFault | undefined;
}

const issuers = new Map<string, Issuer>();

/**
 * Reads a certificate as an issuer. An issuer of many certificates is read once.
 *
 * @throws PkiError `INPUT_INVALID` if the text is not a certificate
 */
export function readIssuer(certificatePem: string): Issuer {
  let issuer = issuers.get(certificatePem);
  if (issuer === undefined) {
    issuer = parseIssuer(certificatePem);
    issuers.set(certificatePem, issuer);
  }
  return issuer;
}

function parseIssuer(certificatePem: string): Issuer {
  const node = readCertificate(certificatePem);
  const certificate = new X509Certificate(node.raw);
  const constraints = certificate.getExtension(BasicConstraintsExtension);
  const usages = certificate.getExtension(KeyUsagesExtension);
  const [subjectDer, issuerDer] = [certificate.subjectName.toArrayBuffer(), certificate.issuerName.toArrayBuffer()];
  const isSelfIssued = Buffer.from(subjectDer).equals(Buffer.from(issuerDer));
  return {
    publicKey: node.publicKey,
    publicKeyPem: publicKeyPem(node.publicKey),
    certificateDer: node.raw,
    publicKeyDer: certificate.publicKey.rawData,
    subjectDer,
    issuerDer,
    subjectKeyIdentifier:
      certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId ?? subjectKeyIdentifier(node.publicKey),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    ca: constraints?.ca ?? false,
    pathLength: constraints?.pathLength,
    signsLists: usages === null || (usages.usages & KeyUsageFlags.cRLSign) !== 0,
    fault: caFault({ node, certificate, constraints, usages, isSelfIssued }),
  };
}

/** Whether the path below an issuer has room for a child. */
export function allowsPath({ pathLength }: Issuer, child: Pick<Issuer, "ca" | "pathLength">): boolean {
  return !child.ca || pathLength === undefined || (child.pathLength !== undefined && child.pathLength < pathLength);
}

/**
 * Checks that an issuer may sign a child, before its key is asked for.
 *
 * @throws PkiError `ISSUER_NOT_CA`, `PATH_LENGTH_VIOLATED`, `VALIDITY_EXCEEDS_ISSUER`
 */
export function checkIssuer(issuer: Issuer, template: CertificateTemplate, now: Date): void {
  requireIssuing(issuer, now);
  if (!allowsPath(issuer, template)) {
    throw issuer.pathLength === 0
      ? new PkiError(
          "PATH_LENGTH_VIOLATED",
          "the issuer has path length 0, so no CA may follow below it",
          "Have a CA with a longer path length issue this certificate, or issue a leaf",
        )
      : new PkiError(
          "PATH_LENGTH_VIOLATED",
          `path length ${String(template.pathLength ?? "unlimited")} is longer than the issuer allows`,
          `Give less than ${String(issuer.pathLength)}`,
        );
  }
}

/**
 * Checks that an issuer is a CA which is valid now.
 *
 * @throws PkiError `ISSUER_NOT_CA`, `VALIDITY_EXCEEDS_ISSUER`
 */
export function requireIssuing(issuer: Issuer, now: Date): void {
  if (issuer.fault !== undefined) {
    const { code, reason, remedy } = issuer.fault;
    throw new PkiError(code, `the issuer's certificate cannot be used: ${reason}`, remedy);
  }
  if (now < issuer.notBefore || now >= issuer.notAfter) {
    throw new PkiError(
      "VALIDITY_EXCEEDS_ISSUER",
      `the issuer is valid from ${issuer.notBefore.toISOString()} to ${issuer.notAfter.toISOString()}, not now`,
      "Renew the issuer first",
    );
  }
}

/**
 * Checks that an issuer's key can sign with an algorithm, so another key's algorithm is found before a key is asked for.
 *
 * @throws PkiError `ISSUER_KEY_MISMATCH`
 */
export function requireAlgorithmOf(issuer: Issuer, algorithm: Algorithm): void {
  if (!fitsAlgorithm(issuer.publicKey, algorithm)) {
    throw keyMismatch();
  }
}

/**
 * Checks that the signing key is an issuer's.
 *
 * @throws PkiError `ISSUER_KEY_MISMATCH`
 */
export function requireKeyOf(issuer: Issuer, signingPublicKey: KeyObject): void {
  if (!issuer.publicKey.equals(signingPublicKey)) {
    throw keyMismatch();
  }
}

function keyMismatch(): PkiError {
  return new PkiError(
    "ISSUER_KEY_MISMATCH",
    "the issuer's certificate belongs to a different key than the signing key",
    "Give the certificate and the key of one CA",
  );
}
