import { type ErrorCode, PkiError } from "../errors";

/** What went wrong at a KMS, told in this package's own words. */
export interface Failure {
  readonly code: ErrorCode;
  /** It may quote the KMS. */
  readonly reason: string;
  readonly remedy: string;
}

/**
 * A failure as an error. What a KMS says may have several lines, and end with a full stop.
 *
 * @param cause what the KMS's library threw; undefined when it threw nothing
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

/** What AWS says of a signature's time, Google of a token's, and TLS of a certificate that begins later. */
const CLOCK_SAYINGS =
  /signature (?:expired|not yet current)|invalid jwt.*\b(?:iat|exp)\b|reasonable timeframe|token used too (?:early|late)|certificate is not yet valid/is;

/**
 * The failure of a KMS that refused because the clock of this machine differs from its own; undefined for any other.
 *
 * @param names of the error, and its codes
 */
export function clockSkew(service: string, names: readonly string[], message: string): Failure | undefined {
  const isSkew =
    CLOCK_SAYINGS.test(message) || CLOCK_NAMES.some((name) => names.includes(name) || message.includes(name));
  return isSkew
    ? {
        code: "CLOCK_SKEWED",
        reason: `the clock of this machine differs from that of ${service}: ${message}`,
        remedy: "Set the clock (timedatectl status tells whether it is synchronized), and run again",
      }
    : undefined;
}

/** A KMS that did not do what it was asked, though it was asked several times. */
export function unavailable(title: string, operation: string, key: string, message: string): Failure {
  return {
    code: "KMS_UNAVAILABLE",
    reason: `${title} did not do ${operation} on ${key}, tried several times: ${message}`,
    remedy: "Run again later; nothing is lost",
  };
}

/** A KMS that refused for a reason that only it knows. */
export function refused(title: string, operation: string, key: string, message: string): Failure {
  return {
    code: "KMS_FAILED",
    reason: `${title} refused ${operation} on ${key}: ${message}`,
    remedy: `See what ${title} says above`,
  };
}
