import type { AuthorityPart } from "./authorityPart";
import { type Generation, takesAnotherTurn } from "./generation";
import { generationOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

const DAY = 86_400_000;

/**
 * The beginning of a certificate that is valid as long as its issuer, because a certificate never begins before its
 * issuer. RFC 5280 has no earlier instant that every reader understands.
 */
export const WITH_ITS_ISSUER: Instant = Date.UTC(1950, 0, 1);

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
  const { publishedFrom } = root.scheduled;
  return publishedFrom === -Infinity ? generation0Beginning(rotation) : publishedFrom - backdate - clockSkew;
}

/**
 * The beginning of an intermediate: its scheduled publication, or the root's if that is later. Without a compromise, some
 * intermediates and roots would never meet: such a certificate begins with the root.
 */
export function intermediateBeginning(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  const existing = existingIntermediate(rotation, intermediate, root);
  if (existing !== undefined) {
    return existing.notBefore;
  }
  const [own, above] = [intermediate.scheduled, root.scheduled];
  const meet = Math.max(own.activeFrom, above.activeFrom) < Math.min(intermediate.retiringFrom, root.retiringFrom);
  if (!meet) {
    return WITH_ITS_ISSUER;
  }
  const published = Math.max(own.publishedFrom, above.publishedFrom);
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
 * The end of an intermediate: as long as it is trusted and its leaves live, or that of an adopted one. One that takes the turn of a
 * compromised one must not wait for a longer root: it ends with an existing root that ends earlier.
 *
 * @returns `Infinity` if nothing ends it
 */
export function intermediateEnd(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  const scheduled = scheduledIntermediateEnd(rotation, intermediate, root);
  const { existingRoot, schedules } = rotation;
  const isUnderExisting = root.number === 0 && schedules.root === undefined && schedules.intermediate !== undefined;
  return isUnderExisting && existingRoot !== undefined && takesAnotherTurn(intermediate)
    ? Math.min(scheduled, existingRoot.notAfter)
    : (existingIntermediate(rotation, intermediate, root)?.notAfter ?? scheduled);
}

/** The same for an intermediate that is made under the rotation. */
export function scheduledIntermediateEnd(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  return Math.max(Math.min(intermediate.goneFrom, root.goneFrom), intermediateUseEnd(rotation, intermediate, root));
}

/** Until when the leaves live that an intermediate under a root has issued. */
export function intermediateUseEnd(rotation: Rotation, intermediate: Generation, root: Generation): Instant {
  return Math.min(intermediate.retiringFrom, root.retiringFrom) + useAfterActivity(rotation);
}

/** The validity of an adopted intermediate. It counts only if a schedule ends its use: otherwise it is renewed like any other. */
function existingIntermediate(
  rotation: Rotation,
  intermediate: Generation,
  root: Generation,
): Rotation["existingIntermediate"] {
  const isAdopted = intermediate.number === 0 && root.number === 0;
  return isAdopted && intermediateUseEnd(rotation, intermediate, root) < Infinity
    ? rotation.existingIntermediate
    : undefined;
}

/**
 * The instant from which nobody can use the key of a generation any more, because its last certificate has ended. An SSH key
 * has none: it is trusted until its generation is gone.
 */
export function endOfUse(rotation: Rotation, part: AuthorityPart, number: number): Instant {
  const own = generationOf(rotation, part, number);
  switch (part) {
    case "root":
      return rootEnd(rotation, own);
    case "intermediate":
      return Math.max(scheduledIntermediateEnd(rotation, own, own), intermediateEnd(rotation, own, own));
    case "ssh-user":
    case "ssh-host":
      return own.goneFrom;
  }
}

/**
 * The beginning of cross certificates: that of the next root. Only a compromise makes two roots neighbors between whose
 * turns there are others: their cross certificates begin with the root that signs them.
 */
export function crossBeginning(rotation: Rotation, old: Generation, next: Generation): Instant {
  return next.number === old.number + 1 ? rootBeginning(rotation, next) : WITH_ITS_ISSUER;
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
