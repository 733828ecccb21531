import { checkDuration, formatDuration, parseDuration } from "../words/duration";
import type { Problem } from "../words/problem";

/** When revocation lists are issued. */
export interface ListSchedule {
  /** How often: a duration. */
  readonly every?: string | undefined;
  /** How long before its end a list is followed by the next: a duration. Default half of `every`. */
  readonly renewBefore?: string | undefined;
}

/** How often a list is issued, unless the program says otherwise. */
const DEFAULT_EVERY = "20d";

/**
 * How long a list of a schedule is valid, and how long before its end the next is due. It ends later than the next is due,
 * so that an `up` may be late.
 */
export function listTimes({ every = DEFAULT_EVERY, renewBefore }: ListSchedule): {
  every: string;
  validity: string;
  renewBefore: string;
} {
  const period = parseDuration(every) ?? 0;
  const lead = renewBefore === undefined ? Math.ceil(period / 2) : (parseDuration(renewBefore) ?? 0);
  return { every, validity: formatDuration(period + lead), renewBefore: formatDuration(lead) };
}

/** Checks the durations of a schedule. Unknown values are skipped. */
export function checkListSchedule(
  { every, renewBefore }: Readonly<Record<keyof ListSchedule, unknown>>,
  path: string,
  now: Date,
): Problem[] {
  return [...checkDuration(every, `${path}.every`, now), ...checkDuration(renewBefore, `${path}.renewBefore`, now)];
}
