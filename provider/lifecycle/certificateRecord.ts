import type { Algorithm } from "../kms/algorithms";
import type { CompromisedKey } from "../inputs/withdrawal";
import type { DistinguishedName } from "../x509/distinguishedName";
import type { LintProfile } from "../x509/lint/rule";
import type { NameConstraints } from "../x509/nameConstraints";
import type { CertificateContent } from "../x509/template";

/** The inputs of a certificate. */
export interface CertificateInputs extends CertificateContent {
  /** The key that signs: the issuer's, or the subject's own. */
  readonly signingKey: {
    readonly uri: string;
    readonly algorithm: Algorithm;
    readonly kms?: string;
    /** Nothing is signed with it. */
    readonly compromised?: true;
    /** The compromised keys of the program, if it has any. Never recorded. */
    readonly compromisedKeys?: readonly CompromisedKey[];
  };
  /** Absent for a self-signed certificate. */
  readonly issuer?: {
    readonly certificatePem: string;
    /** The subject of an issuer that is about to be reissued, for a preview. */
    readonly subject?: DistinguishedName;
    readonly withdrawn?: boolean;
    /** The name constraints of the issuer and the CAs above it, if there are any. */
    readonly nameConstraints?: readonly NameConstraints[];
  };
  /** The subject's key; absent with `csrPem` and `crossOf`. */
  readonly publicKeyPem?: string;
  /** The URI of the subject's key as the program gives it. It tells a preview that an unknown key stays the same. */
  readonly subjectKeyUri?: string;
  readonly csrPem?: string;
  /**
   * The answer of an issuer elsewhere: the certificate, then those above it, up to the root. It has no issuer here then, and the
   * signing key is its own, which signs nothing.
   */
  readonly answerPem?: string;
  /** The certificate of the root that a cross certificate stands in for. */
  readonly crossOf?: string;
  /** How long before its end the certificate is reissued: a duration or a share. Default at its end. */
  readonly renewBefore?: string;
  /** Whether a certificate that is issued before its notBefore is valid from its issue, or as long as its issuer. */
  readonly mayBeginEarlier?: boolean;
  /** The rules of the lint beyond those that hold for every certificate. */
  readonly lintProfile?: LintProfile;
  /** Whether it is out of service for good, and never issued again. */
  readonly withdrawn?: boolean;
  /** A certificate that exists and becomes this one. */
  readonly adopt?: { readonly certificatePem: string; readonly reissue?: boolean };
  /** Another certificate of the same key, whose name and key identifier it takes when it is first issued. */
  readonly sameSubjectAs?: string;
}

/**
 * The record of a certificate; the certificate itself states everything else. The engine writes the whole state after
 * every step, and each value costs time, so the declaration is a single string.
 */
export interface CertificateRecord {
  /** Empty if the certificate was withdrawn before it was ever issued; so is what follows from it. */
  readonly certificatePem: string;
  /** Hex. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly status: "valid" | "expired" | "withdrawn";
  readonly readyForRenewal: boolean;
  /** The declaration, as JSON; `DECLARED_ELSEWHERE` for a certificate that the program only reads. */
  readonly declaration: string;
}
