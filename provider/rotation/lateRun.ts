import { formatDuration } from "../inputs/duration";
import { formatInstant } from "../inputs/instant";
import type { Problem } from "../inputs/problem";
import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import { activeGeneration, type Generation, generationsWithin, stateAt } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";
import { shortestStates } from "./rotationRules";
import { intermediateEnd } from "./validity";

/** A time in which certificates that live do not verify everywhere, because a run came too late. */
export interface TrustGap {
  readonly part: AuthorityPart;
  readonly generation: number;
  /**
   * What was cut off. `published`: not every client trusts the generation when it is used. `retiring`: it is no longer
   * trusted when certificates of it live. `active`: the intermediate's certificate ended while it was in use.
   */
  readonly state: "published" | "active" | "retiring";
  /** Whether the run jumps over the state as a whole, and so causes the gap; else it can only keep it from growing. */
  readonly jumped: boolean;
  readonly from: Instant;
  /** The last moment at which something does not verify that should. */
  readonly to: Instant;
}

/**
 * The gaps in trust that come of a run at an instant, when the state of the last run was in force until then. None while
 * runs are no later than the rotation's `lateness`. Of a jump that is not made yet, the gap is that of a run now.
 *
 * @param lastRun `-Infinity` when there was none: then nothing can break
 */
export function trustGaps(rotation: Rotation, lastRun: Instant, now: Instant): TrustGap[] {
  if (lastRun === -Infinity || now <= lastRun) {
    return [];
  }
  return AUTHORITY_PARTS.flatMap((part) => {
    const schedule = rotation.schedules[part];
    return [
      ...generationsWithin(schedule, lastRun, now).flatMap((generation) => [
        ...publishedGap(rotation, part, generation, lastRun, now),
        ...retiringGap(rotation, part, generation, lastRun, now),
      ]),
      ...(part === "intermediate" ? expiryGap(rotation, lastRun, now) : []),
    ];
  });
}

/**
 * Refuses a run that jumps over a state that certificates in use need, unless the rotation's `allowGaps` names the
 * generation; and one whose clock is behind the last run's, when that would undo a change.
 *
 * @param property the rotation's path
 */
export function checkLateRun(rotation: Rotation, property: string, lastRun: Instant, now: Instant): Problem[] {
  if (now < lastRun) {
    return checkClock(rotation, property, lastRun, now);
  }
  const refused = trustGaps(rotation, lastRun, now).filter(
    ({ jumped, part, generation }) => jumped && !rotation.allowGaps.includes(generationLabel(part, generation)),
  );
  const labels = new Set(refused.map(({ part, generation }) => generationLabel(part, generation)));
  return refused.map((gap) => ({
    code: "ROTATION_LATE",
    property,
    reason: `the last run was on ${formatInstant(lastRun)}, and ${describeGap(gap)}`,
    remedy: `Correct the clock, or accept that by ${property}.allowGaps = ${JSON.stringify([...labels])} in this run`,
  }));
}

/** A gap in one line, without a full stop: `root-g1 was never published: ... from ... to ... (2d)`. */
export function describeGap({ part, generation, state, jumped, from, to }: TrustGap): string {
  const label = generationLabel(part, generation);
  const what = {
    published: `${label} was ${jumped ? "never" : "not long enough"} published: a client without it does not trust it`,
    active: `the certificate of ${label} ended while it was used: what it issued is not trusted`,
    retiring: `${label} ${jumped ? "was in use until now and is gone" : "retires too soon"}: what it issued is not trusted`,
  }[state];
  return `${what} from ${formatInstant(from)} to ${formatInstant(to)} (${formatDuration((to - from) / 1000)})`;
}

/** A generation that is in use, or soon, before every client trusts it. */
function publishedGap(
  rotation: Rotation,
  part: AuthorityPart,
  generation: Generation,
  lastRun: Instant,
  now: Instant,
): TrustGap[] {
  // An intermediate needs no publication: each leaf brings it along.
  if (part === "intermediate" || lastRun >= generation.publishedFrom) {
    return [];
  }
  const trusted = now + shortestStates(rotation, part).publishBefore.milliseconds - rotation.margins.lateness;
  switch (stateAt(generation, now)) {
    case "published":
      return trusted <= generation.activeFrom
        ? []
        : [gap(part, generation, "published", false, generation.activeFrom, trusted)];
    case "active":
      return trusted <= now ? [] : [gap(part, generation, "published", true, now, trusted)];
    case "retiring":
    case undefined:
      return []; // no run ever used it
  }
}

/** A generation that was in use until now, and is not trusted as long as what it issued. */
function retiringGap(
  rotation: Rotation,
  part: AuthorityPart,
  generation: Generation,
  lastRun: Instant,
  now: Instant,
): TrustGap[] {
  const { retireAfter } = shortestStates(rotation, part);
  if (retireAfter === undefined || stateAt(generation, lastRun) !== "active" || now < generation.retiringFrom) {
    return [];
  }
  const trusted = now + retireAfter.milliseconds - rotation.margins.lateness;
  if (now >= generation.goneFrom) {
    return [gap(part, generation, "retiring", true, now, trusted)];
  }
  return trusted <= generation.goneFrom ? [] : [gap(part, generation, "retiring", false, generation.goneFrom, trusted)];
}

/** The intermediate that issued until now, under the root of the last run. */
function expiryGap(rotation: Rotation, lastRun: Instant, now: Instant): TrustGap[] {
  const { schedules, margins } = rotation;
  const intermediate = activeGeneration(schedules.intermediate, lastRun);
  const root = activeGeneration(schedules.root, lastRun);
  const end = intermediateEnd(rotation, intermediate, root);
  const inUse = now >= Math.min(intermediate.retiringFrom, root.retiringFrom);
  // For a client whose clock is ahead it ends earlier, for one whose clock is behind a leaf lives longer.
  const begins = end - margins.clockSkew;
  const lastLeaf = now + margins.longestLeaf.tls + margins.clockSkew;
  return inUse && lastLeaf > end ? [gap("intermediate", intermediate, "active", false, begins, lastLeaf)] : [];
}

function checkClock(rotation: Rotation, property: string, lastRun: Instant, now: Instant): Problem[] {
  const undone = AUTHORITY_PARTS.flatMap((part) =>
    generationsWithin(rotation.schedules[part], now, lastRun)
      .filter((generation) => stateAt(generation, now) !== stateAt(generation, lastRun))
      .map(({ number }) => generationLabel(part, number)),
  );
  return undone.length === 0
    ? []
    : [
        {
          code: "ROTATION_LATE",
          property,
          reason:
            `the clock says ${formatInstant(now)}, but the last run was on ${formatInstant(lastRun)}: to go back would undo ` +
            `changes of ${undone.join(", ")}`,
          remedy: "Correct the clock",
        },
      ];
}

function gap(
  part: AuthorityPart,
  { number }: Generation,
  state: TrustGap["state"],
  jumped: boolean,
  from: Instant,
  to: Instant,
): TrustGap {
  return { part, generation: number, state, jumped, from, to };
}
