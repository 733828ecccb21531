import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import { hasUnknown } from "../words/unknown";
import { readCertificate } from "../x509/certificate";
import { isIssuedBy, isSelfSigned, isSignedBy, requireFaultless } from "../x509/certificationPath";
import { statesSubjectOf } from "../x509/cross";
import { type Issuer, readIssuer } from "../x509/issuer";
import { PROFILES } from "../x509/profiles";
import { subjectLine } from "../x509/subjectLine";
import type { IssuedCertificate } from "./certificateIssuance";
import type { CertificateInputs } from "./certificateRecord";

/** What is known when a certificate that exists is taken. */
export interface TakenCertificate {
  readonly certificatePem: string;
  /** The name of its input, for messages. */
  readonly name: string;
  /** The declared key; undefined while a preview does not know it. */
  readonly publicKey: KeyObject | undefined;
  /** Whether another is issued in its place, so that its end and its issuer's name do not matter. */
  readonly isReissued: boolean;
}

/**
 * Takes a certificate that exists as the certificate of a resource, byte for byte. Nothing is signed.
 *
 * @throws PkiError the errors of {@link requireTakable}
 */
export function takeCertificate(inputs: CertificateInputs, taken: TakenCertificate, now: Date): IssuedCertificate {
  const { subjectKeyIdentifier } = requireTakable(inputs, taken, now);
  const { serialNumber, validTo } = readCertificate(taken.certificatePem);
  return {
    id: subjectKeyIdentifier,
    certificatePem: taken.certificatePem,
    serialNumber: serialNumber.toLowerCase(),
    notAfter: new Date(validTo).toISOString(),
  };
}

/**
 * Requires that a certificate that exists is one that the declaration could have: that its key is the declared one, that the
 * declared issuer issued it, that a CA can be used, and that it has not ended. What a preview does not know is not checked.
 *
 * @throws PkiError `ADOPTED_KEY_MISMATCH`, `ADOPTED_ISSUER_MISMATCH`, `INPUT_INVALID`, `VALIDITY_INVALID`, and for a CA
 * `ISSUER_NOT_CA`, `ALGORITHM_UNSUPPORTED`, `PATH_LENGTH_VIOLATED`
 */
export function requireTakable(inputs: CertificateInputs, taken: TakenCertificate, now: Date): Issuer {
  const { publicKey, name, isReissued } = taken;
  const certificate = readTaken(taken);
  if (publicKey !== undefined && !certificate.publicKey.equals(publicKey)) {
    throw new PkiError(
      "ADOPTED_KEY_MISMATCH",
      `the certificate in ${name} belongs to a different key than the declared one, and was not taken`,
      "Give the certificate and the key that belong together",
    );
  }
  requireKind(inputs, certificate, name);
  requireIssuer(inputs, taken);
  if (!isReissued && now >= certificate.notAfter) {
    throw new PkiError(
      "VALIDITY_INVALID",
      `the certificate in ${name} ended on ${certificate.notAfter.toISOString()}`,
      "Give the certificate that is in use, or set reissue, so that a new one with its name and key takes its place",
    );
  }
  return certificate;
}

function readTaken({ certificatePem, name }: TakenCertificate): Issuer {
  try {
    return readIssuer(certificatePem);
  } catch (cause) {
    throw cause instanceof PkiError
      ? cause
      : new PkiError("INPUT_INVALID", `the certificate in ${name} cannot be read`, "Give another one", { cause });
  }
}

/** Requires a CA for the profile of a CA, of the right root for a cross certificate, and a leaf for that of a leaf. */
function requireKind({ profile, crossOf }: CertificateInputs, certificate: Issuer, name: string): void {
  const isForCa = PROFILES[profile].ca;
  if (isForCa) {
    requireFaultless(certificate.fault, name);
  }
  if (!isForCa && certificate.ca) {
    throw new PkiError("INPUT_INVALID", `the certificate in ${name} is a CA's`, 'Omit profile "leaf"');
  }
  if (crossOf !== undefined && !hasUnknown(crossOf) && !statesSubjectOf(certificate, readIssuer(crossOf))) {
    throw new PkiError(
      "INPUT_INVALID",
      `the certificate in ${name} has another name or key identifier than the root in crossOf`,
      "Give the cross certificate of that root",
    );
  }
}

function requireIssuer({ issuer }: CertificateInputs, { certificatePem, name, isReissued }: TakenCertificate): void {
  const certificate = readCertificate(certificatePem);
  const refused = (reason: string, remedy: string): PkiError =>
    new PkiError("ADOPTED_ISSUER_MISMATCH", `the certificate in ${name} ${reason}`, remedy);
  if (issuer === undefined) {
    if (!isSelfSigned(certificate)) {
      throw refused("is not signed by its own key", "Name its issuer, or give a root's certificate");
    }
    return;
  }
  if (hasUnknown(issuer) || issuer.certificatePem === "") {
    return;
  }
  const above = readCertificate(issuer.certificatePem);
  if (!(isReissued ? isSignedBy(certificate, above.publicKey) : isIssuedBy(certificate, above))) {
    throw refused(
      `was not issued under the declared issuer, "${subjectLine(above)}"`,
      "Name the CA that issued it: its key, its name octet by octet, and its key identifier must fit",
    );
  }
  if (certificate.ca && readIssuer(issuer.certificatePem).pathLength === 0) {
    throw new PkiError(
      "PATH_LENGTH_VIOLATED",
      `the issuer of the certificate in ${name} has path length 0, so no CA may follow below it`,
      "Have the issuer reissued with a longer path length first",
    );
  }
}
