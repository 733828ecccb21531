import { formatDuration } from "../words/duration";
import { formatInstant } from "../words/instant";
import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import { type Generation, stateAt } from "./generation";
import { activeGenerationOf, generationsOf, generationsOfPeriod } from "./partGenerations";
import type { Rotation } from "./rotation";
import { shortestStates } from "./rotationRules";
import type { Instant } from "./schedule";
import { intermediateEnd } from "./validity";

/** A period in which live certificates do not verify everywhere because a run came too late. */
export interface TrustGap {
  readonly part: AuthorityPart;
  readonly generation: number;
  /**
   * The state that was cut short. `published`: not every client trusts the generation when it is used. `retiring`: the
   * generation is no longer trusted while its certificates live. `active`: the intermediate's certificate ended while
   * it was in use.
   */
  readonly state: "published" | "active" | "retiring";
  /**
   * Whether the run skips the whole state and so causes the gap; otherwise the run can only keep the gap from growing.
   */
  readonly jumped: boolean;
  readonly from: Instant;
  /** The last moment at which something that should verify does not. */
  readonly to: Instant;
}

/**
 * The gaps in trust from a run at an instant, if the last run's state was in force until then. There are none while
 * runs are no later than the rotation's `lateness`. For a skip that has not happened yet, the gap is that of a run now.
 *
 * @param lastRun `-Infinity` if there was none; then nothing can break
 * @param previous the rotation of the last run, because a change of the rotation may skip a state too
 */
export function trustGaps(
  rotation: Rotation,
  lastRun: Instant,
  now: Instant,
  previous: Rotation = rotation,
): TrustGap[] {
  if (lastRun === -Infinity || now < lastRun) {
    return [];
  }
  return AUTHORITY_PARTS.flatMap((part) => [
    ...stagesOf(part, rotation, lastRun, now, previous).flatMap((stage) => [
      ...publishedGap(rotation, stage, now),
      ...retiringGap(rotation, stage, now),
    ]),
    ...(part === "intermediate" ? expiryGap(rotation, lastRun, now, previous) : []),
  ]);
}

/** A gap in one line, without a period: `root-g1 was never published: ... from ... to ... (2d)`. */
export function describeGap({ part, generation, state, jumped, from, to }: TrustGap): string {
  const label = generationLabel(part, generation);
  const what = {
    published: `${label} was ${jumped ? "never published" : "not published long enough"}: a client without it does not trust it`,
    active: `the certificate of ${label} ended while it was in use: what it issued is not trusted`,
    retiring: `${label} ${jumped ? "was in use until now and is gone" : "retires too soon"}: what it issued is not trusted`,
  }[state];
  return `${what} from ${formatInstant(from)} to ${formatInstant(to)} (${formatDuration((to - from) / 1000)})`;
}

/** A generation at the last run and now. */
interface Stage {
  readonly part: AuthorityPart;
  /** The generation by the current rotation. */
  readonly generation: Generation;
  readonly before: ReturnType<typeof stateAt>;
  readonly after: ReturnType<typeof stateAt>;
}

function stagesOf(
  part: AuthorityPart,
  rotation: Rotation,
  lastRun: Instant,
  now: Instant,
  previous: Rotation,
): Stage[] {
  const before = new Map(generationsOf(previous, part, lastRun).map((each) => [each.number, each]));
  const after = new Map(generationsOfPeriod(rotation, part, lastRun, now).map((each) => [each.number, each]));
  return [...new Map([...before, ...after]).values()].map((generation) => ({
    part,
    generation,
    before: before.get(generation.number)?.state,
    after: stateAt(after.get(generation.number) ?? NEVER, now),
  }));
}

/** The stage of a generation that the rotation does not know. */
const NEVER: Generation = {
  number: 0,
  publishedFrom: Infinity,
  activeFrom: Infinity,
  retiringFrom: Infinity,
  goneFrom: Infinity,
  scheduled: { publishedFrom: Infinity, activeFrom: Infinity },
};

/** The gap of a generation that is, or soon will be, in use before every client trusts it. */
function publishedGap(rotation: Rotation, { part, generation, before, after }: Stage, now: Instant): TrustGap[] {
  // An intermediate needs no publication, because each leaf comes with it.
  if (part === "intermediate" || before !== undefined) {
    return [];
  }
  const trusted = now + shortestStates(rotation, part).publishBefore.milliseconds - rotation.margins.lateness;
  switch (after) {
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

/** The gap of a generation that was in use until now and loses trust before everything that it issued has expired. */
function retiringGap(rotation: Rotation, { part, generation, before, after }: Stage, now: Instant): TrustGap[] {
  const { retireAfter } = shortestStates(rotation, part);
  if (retireAfter === undefined || before !== "active") {
    return [];
  }
  const trusted = now + retireAfter.milliseconds - rotation.margins.lateness;
  switch (after) {
    case "published":
    case "active":
      return [];
    case "retiring":
      return trusted <= generation.goneFrom
        ? []
        : [gap(part, generation, "retiring", false, generation.goneFrom, trusted)];
    case undefined:
      return [gap(part, generation, "retiring", true, now, trusted)];
  }
}

/** The gap of the intermediate that issued until now, under the root of the last run. */
function expiryGap({ margins }: Rotation, lastRun: Instant, now: Instant, previous: Rotation): TrustGap[] {
  const intermediate = activeGenerationOf(previous, "intermediate", lastRun);
  const root = activeGenerationOf(previous, "root", lastRun);
  const end = intermediateEnd(previous, intermediate, root);
  // It ends earlier for a client whose clock is ahead, and a leaf lives longer for one whose clock is behind.
  const begins = end - margins.clockSkew;
  const lastLeaf = now + margins.longestLeaf.tls + margins.clockSkew;
  return lastLeaf > end ? [gap("intermediate", intermediate, "active", false, begins, lastLeaf)] : [];
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
