/** By name, and by code of Node and OpenSSL. */
const NAMES: readonly string[] = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "CERT_NOT_YET_VALID"];

/** What AWS says of a signature's time, Google of a token's, and TLS of a certificate that begins later. */
const SAYINGS =
  /signature (?:expired|not yet current)|invalid jwt.*\b(?:iat|exp)\b|reasonable timeframe|token used too (?:early|late)|certificate is not yet valid/is;

/** Whether a service refused because the clock of this machine differs from its own. */
export function isClockSkew(nameOrCode: string, message: string): boolean {
  return SAYINGS.test(message) || NAMES.some((name) => nameOrCode === name || message.includes(name));
}

/** A clock that differs, as an error tells it. */
export interface ClockSkew {
  readonly code: "CLOCK_SKEWED";
  readonly reason: string;
  readonly remedy: string;
}

/** What to say of it. */
export function clockSkew(service: string, message: string): ClockSkew {
  return {
    code: "CLOCK_SKEWED",
    reason: `the clock of this machine differs from that of ${service}: ${message}`,
    remedy: "Set the clock (timedatectl status tells whether it is synchronized), and run again",
  };
}
