import { formatInstant } from "../words/instant";
import type { Problem } from "../words/problem";
import { AUTHORITY_PARTS, generationLabel } from "./authorityPart";
import { generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";
import { describeGap, trustGaps } from "./trustGap";

/**
 * Refuses a run that skips a state that certificates in use need, unless the rotation's `allowGaps` names the
 * generation. Also refuses a run whose clock is behind the last run's, if that would undo a change.
 *
 * @param property the rotation's path
 * @param lastRun when `up` ran last; `-Infinity` if it never did
 * @param previous the rotation of that run, because a change of the rotation may skip a state too. A compromise is no
 *   such change: it must not wait
 */
export function checkLateRun(
  rotation: Rotation,
  property: string,
  lastRun: Instant,
  now: Instant,
  previous: Rotation = rotation,
): Problem[] {
  if (now < lastRun) {
    return checkClock(rotation, property, lastRun, now);
  }
  const { compromised } = rotation;
  const refused = trustGaps(rotation, lastRun, now, { ...previous, compromised }).filter(
    ({ jumped, part, generation }) => jumped && !rotation.allowGaps.includes(generationLabel(part, generation)),
  );
  const labels = new Set(refused.map(({ part, generation }) => generationLabel(part, generation)));
  return refused.map((gap) => ({
    code: "ROTATION_LATE",
    property,
    reason: `the last run was on ${formatInstant(lastRun)}, and ${describeGap(gap)}`,
    remedy:
      "Correct the clock, or undo the change of the schedule. To accept the gap, set " +
      `${property}.allowGaps = ${JSON.stringify([...labels])} for this run`,
  }));
}

function checkClock(rotation: Rotation, property: string, lastRun: Instant, now: Instant): Problem[] {
  const undone = AUTHORITY_PARTS.flatMap((part) => {
    const labels = (at: Instant): string[] =>
      generationsOf(rotation, part, at).map(({ number, state }) => `${generationLabel(part, number)} ${state}`);
    const before = labels(lastRun);
    return labels(now).filter((label) => !before.includes(label));
  });
  return undone.length === 0
    ? []
    : [
        {
          code: "ROTATION_LATE",
          property,
          reason:
            `the last run was on ${formatInstant(lastRun)}, but the clock says ${formatInstant(now)}, when there was still ` +
            undone.join(", "),
          remedy: "Correct the clock",
        },
      ];
}
