import { LAST_INSTANT } from "./duration";
import type { Problem } from "./problem";
import { UNKNOWN } from "./unknown";

/** RFC 3339, section 5.6: the offset of the local time is not optional. */
const INSTANT = /^(\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** The earliest instant that a certificate can write as UTCTime (RFC 5280, section 4.1.2.5.1). */
const FIRST_INSTANT = new Date("1950-01-01T00:00:00Z");

/**
 * Reads an instant of RFC 3339, such as `2027-01-31T12:00:00Z` or `2027-01-31T13:00:00+01:00`. Fractions of a second,
 * which no certificate has, are dropped.
 *
 * @returns undefined if the text is not an instant
 */
export function parseInstant(text: string): Date | undefined {
  const [, local, offset] = INSTANT.exec(text) ?? [];
  if (local === undefined || offset === undefined) {
    return undefined;
  }
  const instant = new Date(local + offset);
  // Date would take a day that its month does not have for a day of the next month.
  const isDate = new Date(`${local}Z`).toJSON() === `${local}.000Z`;
  return isDate && !Number.isNaN(instant.getTime()) ? instant : undefined;
}

/** Writes an instant as RFC 3339, in whole seconds and UTC. */
export function formatInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Checks an instant that a certificate can state: from the year 1950 to 9999. */
export function checkInstant(value: unknown, property: string): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  const instant = typeof value === "string" ? parseInstant(value) : undefined;
  const isNameable = instant !== undefined && instant >= FIRST_INSTANT && instant <= LAST_INSTANT;
  return isNameable
    ? []
    : [
        {
          code: "VALIDITY_INVALID",
          property,
          reason: `${JSON.stringify(value)} ${instant === undefined ? "is not an instant" : "is outside the years 1950 to 9999, which a certificate can state"}`,
          // Pulumi rewrites an unquoted date of a YAML file in its own form.
          remedy: 'Give an RFC 3339 instant with its offset, such as "2027-01-31T12:00:00Z". Quote it in YAML',
        },
      ];
}
