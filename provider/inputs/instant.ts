import type { Problem } from "./problem";
import { UNKNOWN } from "./unknown";

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:Z|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an instant as RFC 3339 writes it, in whole seconds, which is all that a certificate can name:
 * `2026-01-31T12:00:00Z` or `2026-01-31T13:00:00+01:00`.
 *
 * @returns milliseconds since 1970-01-01T00:00:00Z, or undefined when the text is no such instant
 */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, , zoneHour = "0", zoneMinute = "0"] = INSTANT.exec(text) ?? [];
  // Date.parse accepts February 30 and 24:00.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const isTime =
    [hour, zoneHour].every((h) => Number(h) < 24) && [minute, second, zoneMinute].every((m) => Number(m) < 60);
  return isDate && isTime ? Date.parse(text) : undefined;
}

/** Writes an instant as RFC 3339, in whole seconds and UTC. */
export function formatInstant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Checks an instant that {@link parseInstant} shall read. */
export function checkInstant(value: unknown, property: string): Problem[] {
  if (value === undefined || value === UNKNOWN || (typeof value === "string" && parseInstant(value) !== undefined)) {
    return [];
  }
  return [
    {
      code: "VALIDITY_INVALID",
      property,
      reason: `${JSON.stringify(value)} is no instant in whole seconds`,
      // Pulumi writes an unquoted date of a YAML file in a form of its own.
      remedy: 'Write it as RFC 3339 does, such as "2026-01-31T12:00:00Z", and in YAML in quotes',
    },
  ];
}
