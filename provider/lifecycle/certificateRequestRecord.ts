import { hasUnknown } from "../words/unknown";
import { parseDeclaration } from "./certificateDeclaration";
import type { CertificateInputs } from "./certificateRecord";
import type { DeclaredContent } from "./declaredContent";
import { requireRecorded, stateInvalid } from "./recorded";

/** The inputs of a certificate request. It has no dates: they are the issuer's to choose. */
export interface CertificateRequestInputs extends DeclaredContent, Pick<CertificateInputs, "subjectKeyUri"> {
  /** The key that the request is for, which signs it. */
  readonly publicKeyPem: string;
  /** Whether it holds the challenge password. */
  readonly challengePassword?: boolean;
}

/** The record of a certificate request. */
export interface CertificateRequestRecord {
  readonly csrPem: string;
  readonly publicKeyPem: string;
  /** RFC 3339. */
  readonly signedAt: string;
  /** The other inputs, as JSON. */
  readonly declaration: string;
}

/** The inputs of a signed request, except for the key that the request itself states. */
export type RequestDeclaration = Omit<CertificateRequestInputs, "publicKeyPem">;

/** The inputs to record, as JSON. */
export function requestDeclarationOf({ publicKeyPem: _, ...inputs }: CertificateRequestInputs): string {
  const declaration: RequestDeclaration = inputs;
  return JSON.stringify(declaration);
}

/**
 * The recorded declaration of a signed request.
 *
 * @throws PkiError `STATE_INVALID`
 */
export function recordedRequestDeclaration(state: CertificateRequestRecord): RequestDeclaration {
  requireRecorded(state, ["csrPem", "publicKeyPem", "declaration"]);
  const declared = parseDeclaration<RequestDeclaration>(state.declaration);
  const { profile, signingKey } = declared;
  if (profile === undefined || signingKey === undefined || hasUnknown(declared)) {
    throw stateInvalid("holds a declaration without a profile or signing key, or with an unknown value");
  }
  return { ...declared, profile, signingKey };
}
