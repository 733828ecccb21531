import type { ErrorCode } from "../errors";

/** The reason why a certificate or certification path cannot be used. */
export interface CertificateFault {
  readonly code: ErrorCode;
  /** Begins with "it", which stands for the certificate. */
  readonly reason: string;
  readonly remedy: string;
}

/** Makes a {@link CertificateFault}. */
export function fault(code: ErrorCode, reason: string, remedy: string): CertificateFault {
  return { code, reason, remedy };
}
