import { createHash } from "node:crypto";
import { DECLARED_ELSEWHERE } from "../inputs/certificate";
import { isSamePem } from "../inputs/pem";
import { hasUnknown } from "../words/unknown";
import type { DistinguishedName } from "../x509/distinguishedName";
import { requestPem } from "../x509/pem";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";
import { requireRecorded, stateInvalid } from "./recorded";

/**
 * The inputs of an issued certificate, except those that the certificate itself states: its own and its issuer's key.
 */
export interface Declaration extends Omit<
  CertificateInputs,
  "publicKeyPem" | "csrPem" | "issuer" | "crossOf" | "adopt" | "sameSubjectAs" | "answerPem"
> {
  /** The SHA-256 of the request as PEM, which may hold a challenge password. 0.1.0 recorded the request itself. */
  readonly csrPem?: string;
  /** The SHA-256 of the issuer's certificate as PEM, and its subject. */
  readonly issuer?: { readonly sha256: string; readonly subject?: DistinguishedName };
  /** The SHA-256 of the crossed root's certificate as PEM. */
  readonly crossOf?: string;
  /** The certificate that was adopted, whose name and key identifier stay. Absent for one that was issued here first. */
  readonly adopted?: AdoptedCertificate;
  /** Whether the certificate is the answer of an issuer elsewhere. */
  readonly isAnswer?: true;
}

/** The record of an adopted certificate. */
export interface AdoptedCertificate {
  /** The SHA-256 of the certificate as PEM. */
  readonly sha256: string;
  /** Whether one that says all that the program declares has taken its place. */
  readonly reissued?: true;
}

/** The inputs to record, as JSON. */
export function declarationOf(
  {
    publicKeyPem: _,
    csrPem,
    issuer,
    crossOf,
    adopt: _adopt,
    sameSubjectAs: _same,
    answerPem,
    ...inputs
  }: CertificateInputs,
  adopted?: AdoptedCertificate,
): string {
  const declaration: Declaration = {
    ...inputs,
    ...(adopted === undefined ? {} : { adopted }),
    ...(csrPem === undefined ? {} : { csrPem: sha256(csrPem) }),
    ...(issuer === undefined ? {} : { issuer: recordedIssuer(issuer) }),
    ...(crossOf === undefined ? {} : { crossOf: sha256(crossOf) }),
    ...(answerPem === undefined ? {} : { isAnswer: true }),
  };
  return JSON.stringify(declaration);
}

/** An issuer as a declaration records it. */
export function recordedIssuer({
  certificatePem,
  subject,
}: NonNullable<CertificateInputs["issuer"]>): NonNullable<Declaration["issuer"]> {
  return { sha256: sha256(certificatePem), ...(subject === undefined ? {} : { subject }) };
}

/**
 * The recorded declaration of an issued certificate.
 *
 * @throws PkiError `STATE_INVALID`
 */
export function recordedDeclaration(state: CertificateRecord): Declaration {
  requireRecorded(state, ["certificatePem", "declaration"]);
  const declared = parseDeclaration<Declaration>(state.declaration);
  const { profile, signingKey } = declared;
  if (profile === undefined || signingKey === undefined || hasUnknown(declared)) {
    throw stateInvalid("holds a declaration without a profile or signing key, or with an unknown value");
  }
  return { ...declared, profile, signingKey };
}

/** Whether a declaration was recorded for the same request, if any. */
export function isSameRequest({ csrPem: recorded }: Pick<Declaration, "csrPem">, given: string | undefined): boolean {
  return (given !== undefined && sha256(given) === recorded) || isSamePem(recorded, given, requestPem);
}

/** Whether the record of a certificate says that it is out of service for good. */
export function isRecordedWithdrawn({ declaration }: Pick<CertificateRecord, "declaration">): boolean {
  return declaration !== DECLARED_ELSEWHERE && parseDeclaration<Declaration>(declaration).withdrawn === true;
}

/**
 * A recorded declaration, whose fields are still to be checked.
 *
 * @throws PkiError `STATE_INVALID`
 */
export function parseDeclaration<Recorded extends object>(text: string): Partial<Recorded> {
  let declared: unknown;
  try {
    declared = JSON.parse(text);
  } catch (cause) {
    throw stateInvalid("holds an unreadable declaration", cause);
  }
  return declared as Partial<Recorded>;
}

/** The SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
