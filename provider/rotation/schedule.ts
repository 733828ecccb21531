import { PkiError } from "../errors";
import { parseDuration } from "../words/duration";
import { parseInstant } from "../words/instant";

/**
 * The schedule on which a key rotates. Which generations exist depends only on the time.
 *
 * Generation k is active from `start` + k x `every` until the next generation is. Generation 0 exists and is active
 * from the beginning, even before `start`.
 */
export interface RotationSchedule {
  /**
   * RFC 3339, in whole seconds: `2026-01-01T00:00:00Z`. Counting starts here; the first change is one `every` later.
   */
  readonly start: string;
  /** A duration (`365d`): how long each generation is active. */
  readonly every: string;
  /** A duration: how long a generation is published before it becomes active. At most `every`. */
  readonly publishBefore: string;
  /** A duration: how long a generation stays trusted after it was active. */
  readonly retireAfter: string;
}

/**
 * Milliseconds since 1970-01-01T00:00:00Z. `-Infinity` is before everything, `Infinity` never.
 */
export type Instant = number;

/** A {@link RotationSchedule}, read; everything in milliseconds. */
export interface Schedule {
  readonly start: Instant;
  readonly every: number;
  readonly publishBefore: number;
  readonly retireAfter: number;
}

/**
 * Reads a schedule that was checked.
 *
 * @throws PkiError `INPUT_INVALID` for an unchecked schedule that is invalid
 */
export function readSchedule({ start, every, publishBefore, retireAfter }: RotationSchedule): Schedule {
  const instant = parseInstant(start)?.getTime();
  if (instant === undefined) {
    throw new PkiError("INPUT_INVALID", `"${start}" is not an instant`, 'Write it as "2026-01-31T12:00:00Z"');
  }
  return {
    start: instant,
    every: milliseconds(every),
    publishBefore: milliseconds(publishBefore),
    retireAfter: milliseconds(retireAfter),
  };
}

/**
 * A duration in milliseconds.
 *
 * @throws PkiError `INPUT_INVALID` if the text is not a duration
 */
export function milliseconds(duration: string): number {
  const seconds = parseDuration(duration);
  if (seconds === undefined) {
    throw new PkiError("INPUT_INVALID", `"${duration}" is not a duration`, 'Write it as "30d" or "1h30m"');
  }
  return seconds * 1000;
}
