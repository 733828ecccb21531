import type { KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "@peculiar/x509";
import { PkiError } from "../errors";
import { publicKeyPem, readCertificate } from "./certificate";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";
import type { CertificateTemplate } from "./template";

/** A CA certificate that shall issue another, or that a cross certificate stands for. */
export interface Issuer {
  readonly publicKey: KeyObject;
  readonly publicKeyPem: string;
  /** The subject public key info, as DER, octet by octet. */
  readonly publicKeyDer: ArrayBuffer;
  /** The subject, as DER: what goes into the child's issuer field, octet by octet. */
  readonly subjectDer: ArrayBuffer;
  /** Hex. Copied from the certificate, never computed anew, unless it has none. */
  readonly subjectKeyIdentifier: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly ca: boolean;
  readonly signsCertificates: boolean;
  readonly pathLength: number | undefined;
}

const issuers = new Map<string, Issuer>();

/**
 * Reads a certificate as an issuer. One that issues many certificates is read once.
 *
 * @throws PkiError `INPUT_INVALID` when the text is no certificate
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
  return {
    publicKey: node.publicKey,
    publicKeyPem: publicKeyPem(node.publicKey),
    publicKeyDer: certificate.publicKey.rawData,
    subjectDer: certificate.subjectName.toArrayBuffer(),
    subjectKeyIdentifier:
      certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId ?? subjectKeyIdentifier(node.publicKey),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    ca: constraints?.ca ?? false,
    signsCertificates: usages !== null && (usages.usages & KeyUsageFlags.keyCertSign) !== 0,
    pathLength: constraints?.pathLength,
  };
}

/** Whether a certificate could have been issued by an issuer: name and key identifier lead there. */
export function isIssuedUnder(certificate: NodeCertificate, issuer: Issuer): boolean {
  const child = new X509Certificate(certificate.raw);
  return (
    Buffer.from(child.issuerName.toArrayBuffer()).equals(Buffer.from(issuer.subjectDer)) &&
    child.getExtension(AuthorityKeyIdentifierExtension)?.keyId === issuer.subjectKeyIdentifier
  );
}

/** Whether the path below an issuer has room for a child. */
export function allowsPath({ pathLength }: Issuer, child: Pick<Issuer, "ca" | "pathLength">): boolean {
  return !child.ca || pathLength === undefined || (child.pathLength !== undefined && child.pathLength < pathLength);
}

/**
 * Checks that an issuer may sign a child, before it does.
 *
 * @throws PkiError `ISSUER_NOT_CA`, `ISSUER_KEY_MISMATCH`, `PATH_LENGTH_VIOLATED`, `VALIDITY_EXCEEDS_ISSUER`
 */
export function checkIssuer(
  issuer: Issuer,
  signingPublicKey: KeyObject,
  template: CertificateTemplate,
  now: Date,
): void {
  if (!issuer.ca || !issuer.signsCertificates) {
    throw new PkiError(
      "ISSUER_NOT_CA",
      `the issuer's certificate ${issuer.ca ? "lacks the key usage keyCertSign" : "is not that of a CA"}`,
      "Name a certificate with basic constraints CA:TRUE and key usage keyCertSign",
    );
  }
  if (!issuer.publicKey.equals(signingPublicKey)) {
    throw new PkiError(
      "ISSUER_KEY_MISMATCH",
      "the issuer's certificate belongs to another key than the one that shall sign",
      "Give the certificate and the key of one CA",
    );
  }
  if (!allowsPath(issuer, template)) {
    throw issuer.pathLength === 0
      ? new PkiError(
          "PATH_LENGTH_VIOLATED",
          "the issuer has path length 0: no CA may follow below it",
          "Let a CA with a longer path issue this certificate, or issue a leaf",
        )
      : new PkiError(
          "PATH_LENGTH_VIOLATED",
          `path length ${String(template.pathLength ?? "unlimited")} is longer than the issuer allows`,
          `Give less than ${String(issuer.pathLength)}`,
        );
  }
  if (now < issuer.notBefore || now >= issuer.notAfter) {
    throw new PkiError(
      "VALIDITY_EXCEEDS_ISSUER",
      `the issuer is valid from ${issuer.notBefore.toISOString()} to ${issuer.notAfter.toISOString()}, not now`,
      "Renew the issuer first",
    );
  }
}
