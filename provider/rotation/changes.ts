import { AUTHORITY_PARTS } from "./authorityPart";
import { generationsOfPeriod } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The instants after `from`, up to and including `to`, at which a generation changes its state, in order. */
export function changesWithin(rotation: Rotation, from: Instant, to: Instant): Instant[] {
  const changes = AUTHORITY_PARTS.flatMap((part) =>
    generationsOfPeriod(rotation, part, from, to).flatMap(({ publishedFrom, activeFrom, retiringFrom, goneFrom }) => [
      publishedFrom,
      activeFrom,
      retiringFrom,
      goneFrom,
    ]),
  );
  return [...new Set(changes)].filter((change) => from < change && change <= to).sort((a, b) => a - b);
}

/**
 * The first instant after another at which a generation changes its state, so the next run has something to do.
 *
 * @returns undefined without a schedule
 */
export function nextChange(rotation: Rotation, after: Instant): Instant | undefined {
  const horizon = Math.max(
    0,
    ...Object.values(rotation.schedules).map(({ start, every }) => Math.max(start - after, 0) + every),
  );
  return changesWithin(rotation, after, after + horizon)[0];
}
