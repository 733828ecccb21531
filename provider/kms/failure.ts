import { type ErrorCode, PkiError } from "../errors";

/** A service on the network, as messages name it. */
export interface Service {
  /** `Cloud KMS` */
  readonly title: string;
  /** `Google` */
  readonly vendor: string;
}

/** A failure of a KMS, in this package's words. */
export interface Failure {
  readonly code: ErrorCode;
  /** It may quote the KMS. */
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Turns a failure into an error. The KMS's own message may have several lines and end with a period.
 *
 * @param cause the error of the KMS's library, if there is one
 */
export function failureError({ code, reason, remedy }: Failure, cause?: unknown): PkiError {
  const line = reason.replace(/\s+/g, " ").replace(/[.\s]+$/, "");
  return new PkiError(code, line, remedy, cause === undefined ? {} : { cause });
}

/** By name, and by code of Node and OpenSSL. */
const CLOCK_NAMES: readonly string[] = [
  "RequestTimeTooSkewed",
  "RequestExpired",
  "RequestInTheFuture",
  "CERT_NOT_YET_VALID",
];

/** Messages of AWS about a signature's time, of Google about a token's, and of TLS about a certificate that begins later. */
const CLOCK_SAYINGS =
  /signature (?:expired|not yet current)|invalid jwt.*\b(?:iat|exp)\b|reasonable timeframe|token used too (?:early|late)|certificate is not yet valid/is;

/**
 * The failure of a service whose clock differs from this machine's; undefined for any other failure.
 *
 * @param names the error's name and codes
 */
export function clockSkew({ vendor }: Service, names: readonly string[], message: string): Failure | undefined {
  const isSkew =
    CLOCK_SAYINGS.test(message) || CLOCK_NAMES.some((name) => names.includes(name) || message.includes(name));
  return isSkew
    ? {
        code: "CLOCK_SKEWED",
        reason: `the clock of this machine differs from that of ${vendor}: ${message}`,
        remedy: "Set the clock and run again (timedatectl status tells whether it is synchronized)",
      }
    : undefined;
}

/** The failure of a service that did not complete a call after several tries. */
export function unavailable({ title }: Service, operation: string, key: string, message: string): Failure {
  return {
    code: "KMS_UNAVAILABLE",
    reason: `${title} did not complete ${operation} on ${key} after several tries: ${message}`,
    remedy: "Run again later; nothing is lost",
  };
}

/** The failure of a call that a service refused for a reason that only it knows. */
export function refused({ title, vendor }: Service, operation: string, key: string, message: string): Failure {
  return {
    code: "KMS_FAILED",
    reason: `${title} refused ${operation} on ${key}: ${message}`,
    remedy: `Follow ${vendor}'s message above`,
  };
}
