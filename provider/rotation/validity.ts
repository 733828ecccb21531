import type { Generation } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

const DAY = 86_400_000;

/**
 * How long a CA must stay valid after the last run in time stopped using it: for the leaves that it issued, for a day at
 * least.
 */
function useAfterActivity({ margins }: Rotation): number {
  return Math.max(margins.longestLeaf.tls, DAY) + margins.lateness + margins.clockSkew;
}

/**
 * The beginning of a root and of the cross certificates that come with it. A leaf is dated back, and a client's clock may
 * be behind: one that knows only the new root must be able to verify what is served from its publication on.
 */
export function rootBeginning(rotation: Rotation, root: Generation): Instant {
  const { backdate, clockSkew } = rotation.margins;
  return root.publishedFrom === -Infinity ? generation0Beginning(rotation) : root.publishedFrom - backdate - clockSkew;
}

/** The scheduled publication: of the intermediate, or of the root when that comes later. */
export function intermediateBeginning(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  const published = Math.max(intermediate.publishedFrom, root.publishedFrom);
  return published === -Infinity ? generation0Beginning(rotation) : published;
}

/**
 * Before anything that generation 0 signs. It may exist earlier: then it is valid from its issue.
 *
 * @returns `-Infinity` when neither root nor intermediate has a schedule
 */
function generation0Beginning({ schedules: { root, intermediate }, margins }: Rotation): Instant {
  const publications = [root, intermediate].flatMap((schedule) =>
    schedule === undefined ? [] : [schedule.start - schedule.publishBefore],
  );
  return publications.length === 0 ? -Infinity : Math.min(...publications) - margins.backdate - margins.clockSkew;
}

/**
 * As long as it is trusted, and as the leaves live that it issued.
 *
 * @returns `Infinity` when nothing ends it
 */
export function intermediateEnd(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  return Math.max(
    Math.min(intermediate.goneFrom, root.goneFrom),
    Math.min(intermediate.retiringFrom, root.retiringFrom) + useAfterActivity(rotation),
  );
}

/**
 * Leaves that carry a cross are issued until the old root is gone. Both crosses end together, after every intermediate
 * under the old root.
 *
 * @param old the older of the two roots
 */
export function crossEnd(rotation: Rotation, old: Generation): Instant {
  return old.goneFrom + useAfterActivity(rotation);
}

/**
 * After all that must verify below it. One more period is longer than that but for the shortest schedules: so a root, which
 * clients know by its fingerprint, is not issued anew because a lifetime or a margin in the settings changed.
 */
export function rootEnd(rotation: Rotation, root: Generation): Instant {
  return Math.max(root.retiringFrom + (rotation.schedules.root?.every ?? 0), crossEnd(rotation, root));
}
