import type { ErrorCode } from "../errors";

/** Why a certificate, or a certification path, cannot be used. */
export interface CertificateFault {
  readonly code: ErrorCode;
  /** Begins with "it", the certificate. */
  readonly reason: string;
  readonly remedy: string;
}

/** A {@link CertificateFault}. */
export function fault(code: ErrorCode, reason: string, remedy: string): CertificateFault {
  return { code, reason, remedy };
}
