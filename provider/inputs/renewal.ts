import { checkDuration, parseDuration } from "../words/duration";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

const SHARE = /^([1-9]\d{0,4})\/([1-9]\d{0,4})$/;

/** The period in which a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * How long before its end a certificate is reissued.
 *
 * @param renewBefore a duration (`720h`), or a share of the lifetime (`1/3`)
 * @param lifetimeSeconds the whole lifetime of the certificate
 * @returns whole seconds, or undefined if the text is neither
 */
export function renewalLead(renewBefore: string, lifetimeSeconds: number): number | undefined {
  const share = parseShare(renewBefore);
  return share === undefined ? parseDuration(renewBefore) : Math.ceil((lifetimeSeconds * share.part) / share.whole);
}

/**
 * The instant from which `up` reissues a certificate.
 *
 * @param renewBefore as {@link renewalLead} takes it; any other value, such as one that is still unknown, counts as absent
 */
export function renewalTime({ notBefore, notAfter }: Validity, renewBefore: string | undefined): Date {
  const lifetime = (notAfter.getTime() - notBefore.getTime()) / 1000;
  const lead = renewBefore === undefined ? undefined : renewalLead(renewBefore, lifetime);
  return new Date(notAfter.getTime() - (lead ?? 0) * 1000);
}

/**
 * Checks `renewBefore`. A value as long as the lifetime would have every run reissue the certificate.
 *
 * @param lifetimeSeconds how long the certificate will be valid; undefined if unknown
 */
export function checkRenewBefore(
  value: unknown,
  lifetimeSeconds: number | undefined,
  property: string,
  now: Date,
): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  const refused = (reason: string, remedy: string): Problem[] => [
    { code: "VALIDITY_INVALID", property, reason: `${JSON.stringify(value)} ${reason}`, remedy },
  ];
  const share = typeof value === "string" ? parseShare(value) : undefined;
  if (typeof value !== "string" || (share === undefined && parseDuration(value) === undefined)) {
    return refused(
      "is neither a duration nor a share of the lifetime",
      'Give a duration such as "720h" or "30d", or a share such as "1/3"',
    );
  }
  const problems = share === undefined ? checkDuration(value, property, now) : [];
  if (problems.length > 0) {
    return problems;
  }
  const isWhole = share !== undefined && share.part >= share.whole;
  const isTooLong = lifetimeSeconds !== undefined && (renewalLead(value, lifetimeSeconds) ?? 0) >= lifetimeSeconds;
  return isWhole || isTooLong
    ? refused(
        "is not shorter than the validity, so every run would reissue the certificate",
        "Shorten it well below the validity",
      )
    : [];
}

function parseShare(text: string): { part: number; whole: number } | undefined {
  const [, part, whole] = SHARE.exec(text) ?? [];
  return part === undefined ? undefined : { part: Number(part), whole: Number(whole) };
}
