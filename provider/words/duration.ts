import type { Problem } from "./problem";
import { UNKNOWN } from "./unknown";

const UNIT_SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const DURATION = /^(?:\d+[dhms])+$/;

/** The last date in RFC 5280: 9999-12-31T23:59:59Z. */
export const LAST_INSTANT = new Date("9999-12-31T23:59:59Z");

/**
 * Reads a duration: whole numbers with units `d` (24 h), `h`, `m`, `s`, such as `87600h`, `1h30m` or `30d`.
 *
 * @returns seconds, or undefined if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) {
    return undefined;
  }
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS],
    0,
  );
}

/**
 * Writes a duration in the form that {@link parseDuration} reads, in the largest units: `3d5m`.
 *
 * @param seconds whole and not negative
 */
export function formatDuration(seconds: number): string {
  let rest = seconds;
  let text = "";
  for (const [unit, size] of Object.entries(UNIT_SECONDS)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    text += amount > 0 ? `${String(amount)}${unit}` : "";
  }
  return text === "" ? "0s" : text;
}

/** Checks a duration that must be positive and, added to now, end in a year that a certificate can state. */
export function checkDuration(value: unknown, property: string, now: Date): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  const seconds = typeof value === "string" ? parseDuration(value) : undefined;
  const invalid = (reason: string): Problem[] => [
    {
      code: "VALIDITY_INVALID",
      property,
      reason: `${JSON.stringify(value)} ${reason}`,
      remedy: 'Give a positive duration of days, hours, minutes and seconds, such as "87600h", "30d" or "1h30m"',
    },
  ];
  if (seconds === undefined) {
    return invalid("is not a duration");
  }
  if (seconds <= 0) {
    return invalid("is not positive");
  }
  if (now.getTime() + seconds * 1000 > LAST_INSTANT.getTime()) {
    return invalid("ends after 9999, the last year that a certificate can state");
  }
  return [];
}
