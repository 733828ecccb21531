import type { Generation } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

const DAY = 86_400_000;

/**
 * How long a CA must stay valid after a run that was just in time stopped using it: as long as its leaves live, and at
 * least a day.
 */
function useAfterActivity({ margins }: Rotation): number {
  return Math.max(margins.longestLeaf.tls, DAY) + margins.lateness + margins.clockSkew;
}

/**
 * The beginning of a root and of its cross certificates. A leaf is backdated, and a client's clock may be behind. A
 * client that knows only the new root must be able to verify everything that is served from its publication on.
 */
export function rootBeginning(rotation: Rotation, root: Generation): Instant {
  const { backdate, clockSkew } = rotation.margins;
  return root.publishedFrom === -Infinity ? generation0Beginning(rotation) : root.publishedFrom - backdate - clockSkew;
}

/** The beginning of an intermediate: its scheduled publication, or the root's if that is later. */
export function intermediateBeginning(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  const published = Math.max(intermediate.publishedFrom, root.publishedFrom);
  return published === -Infinity ? generation0Beginning(rotation) : published;
}

/**
 * The beginning of generation 0, before anything that it signs. It may exist earlier, and is then valid from its issue.
 *
 * @returns `-Infinity` if neither root nor intermediate has a schedule
 */
function generation0Beginning({ schedules: { root, intermediate }, margins }: Rotation): Instant {
  const publications = [root, intermediate].flatMap((schedule) =>
    schedule === undefined ? [] : [schedule.start - schedule.publishBefore],
  );
  return publications.length === 0 ? -Infinity : Math.min(...publications) - margins.backdate - margins.clockSkew;
}

/**
 * The end of an intermediate: as long as it is trusted and its leaves live.
 *
 * @returns `Infinity` if nothing ends it
 */
export function intermediateEnd(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  return Math.max(
    Math.min(intermediate.goneFrom, root.goneFrom),
    Math.min(intermediate.retiringFrom, root.retiringFrom) + useAfterActivity(rotation),
  );
}

/**
 * The end of cross certificates. Leaves that carry one are issued until the old root is gone. Both cross certificates
 * end together, after every intermediate under the old root.
 *
 * @param old the older of the two roots
 */
export function crossEnd(rotation: Rotation, old: Generation): Instant {
  return old.goneFrom + useAfterActivity(rotation);
}

/**
 * The end of a root, after everything that must verify below it. One more period is longer than that except with the
 * shortest schedules. So a root, which clients know by its fingerprint, is not reissued when a lifetime or a margin in
 * the settings changes.
 */
export function rootEnd(rotation: Rotation, root: Generation): Instant {
  return Math.max(root.retiringFrom + (rotation.schedules.root?.every ?? 0), crossEnd(rotation, root));
}
