/** Names of errors, and codes of Node and OpenSSL. */
const NAMES: readonly string[] = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "CERT_NOT_YET_VALID"];

/**
 * The messages of AWS about a signature's time, of Google about a token's, and of TLS about a certificate that is not
 * yet valid.
 */
const SAYINGS =
  /signature (?:expired|not yet current)|invalid jwt.*\b(?:iat|exp)\b|reasonable timeframe|token used too (?:early|late)|certificate is not yet valid/is;

/** Whether a service refused a call because the clock of this machine differs from its own. */
export function isClockSkew(nameOrCode: string, message: string): boolean {
  return SAYINGS.test(message) || NAMES.some((name) => nameOrCode === name || message.includes(name));
}

/** The text of an error for a clock that differs. */
export interface ClockSkew {
  readonly code: "CLOCK_SKEWED";
  readonly reason: string;
  readonly remedy: string;
}

/** The text of the error for a clock that differs from a service's. */
export function clockSkew(service: string, message: string): ClockSkew {
  return {
    code: "CLOCK_SKEWED",
    reason: `the clock of this machine differs from that of ${service}: ${message}`,
    remedy: "Set the clock and run again (timedatectl status tells whether it is synchronized)",
  };
}
