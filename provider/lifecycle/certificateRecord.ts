import type { Algorithm } from "../kms/algorithms";
import type { DistinguishedName } from "../x509/distinguishedName";
import type { CertificateContent } from "../x509/template";

/** What a program says of a certificate. */
export interface CertificateInputs extends CertificateContent {
  /** The key that signs: the issuer's, or the subject's own. */
  readonly signingKey: { readonly uri: string; readonly algorithm: Algorithm; readonly kms?: string };
  /** Absent for a self-signed certificate. */
  readonly issuer?: {
    readonly certificatePem: string;
    /** What a preview knows of an issuer that is about to be issued anew. */
    readonly subject?: DistinguishedName;
  };
  /** The subject's key; absent with `csrPem` and `crossOf`. */
  readonly publicKeyPem?: string;
  /** The URI of the subject's key as the program names it, by which a preview that does not know the key knows that it stays. */
  readonly subjectKeyUri?: string;
  readonly csrPem?: string;
  /** The certificate of the root that a cross certificate stands for. */
  readonly crossOf?: string;
  /** How long before its end the certificate is issued anew: a duration or a share. At its end when it is left out. */
  readonly renewBefore?: string;
}

/**
 * What is recorded of a certificate; all else it tells itself. The engine writes the whole state after every step, and
 * each value in it costs time: so what was declared is one text.
 */
export interface CertificateRecord {
  readonly certificatePem: string;
  /** Hex. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly status: "valid" | "expired";
  readonly readyForRenewal: boolean;
  /** What was declared, as JSON; `DECLARED_ELSEWHERE` for a certificate that the program only reads. */
  readonly declaration: string;
}
