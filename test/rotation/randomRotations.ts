import fc from "fast-check";
import { formatDuration } from "../../provider/words/duration";
import { formatInstant } from "../../provider/words/instant";
import { AUTHORITY_PARTS, generationLabel } from "../../provider/rotation/authorityPart";
import { authorityState } from "../../provider/rotation/authorityState";
import { generation } from "../../provider/rotation/generation";
import {
  type ExistingRootArgs,
  readRotation,
  type Rotation,
  type RotationArgs,
} from "../../provider/rotation/rotation";
import type { Instant, RotationSchedule } from "../../provider/rotation/schedule";

/** The instant around which all schedules of {@link randomRotation} start. */
const ORIGIN = Date.UTC(2026, 0, 1);

/** The minimum durations of a generated schedule, in units. */
interface Least {
  readonly publishBefore: number;
  readonly retireAfter: number;
  readonly every: (publishBefore: number, retireAfter: number) => number;
}

/** Often the minimum that the rules allow, because a rule that is too lax shows there. */
const extra = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(60));

function schedule(unit: number, least: Least): fc.Arbitrary<RotationSchedule> {
  const text = (units: number): string => formatDuration(units * unit);
  return fc.tuple(fc.integer({ min: -300, max: 300 }), extra, extra, extra).map(([offset, before, after, longer]) => {
    const publishBefore = Math.max(1, least.publishBefore + before);
    const retireAfter = Math.max(1, least.retireAfter + after);
    return {
      start: formatInstant(ORIGIN + offset * unit * 1000),
      every: text(least.every(publishBefore, retireAfter) + longer),
      publishBefore: text(publishBefore),
      retireAfter: text(retireAfter),
    };
  });
}

const existing: fc.Arbitrary<ExistingRootArgs> = fc.constantFrom(1, 2, "unlimited" as const).map((pathLength) => ({
  pathLength,
  notBefore: "2000-01-01T00:00:00Z",
  notAfter: "2100-01-01T00:00:00Z",
}));

/** Rotations that the rules accept, with durations from seconds to weeks, for some of the keys. */
export const randomRotation: fc.Arbitrary<RotationArgs> = fc
  .record({
    unit: fc.constantFrom(1, 60, 3_600, 21_600),
    tls: fc.integer({ min: 1, max: 40 }),
    sshUser: fc.integer({ min: 1, max: 40 }),
    sshHost: fc.integer({ min: 1, max: 90 }),
    clientRefresh: fc.nat(40),
    lateness: fc.nat(20),
    clockSkew: fc.nat(5),
    backdate: fc.nat(3),
    retiringIntermediatesInCrt: fc.boolean(),
  })
  .chain(
    ({ unit, tls, sshUser, sshHost, clientRefresh, lateness, clockSkew, backdate, retiringIntermediatesInCrt }) => {
      const late = lateness + clockSkew;
      // More simultaneous generations would only take longer.
      const everySo = (publishBefore: number, retireAfter: number): number =>
        Math.max(publishBefore, Math.ceil(retireAfter / 20));
      const ssh = (longest: number): fc.Arbitrary<RotationSchedule> =>
        schedule(unit, { publishBefore: clientRefresh + late, retireAfter: longest + late, every: everySo });
      const text = (units: number): string => formatDuration(units * unit);
      return fc
        .record(
          {
            root: schedule(unit, {
              publishBefore: tls + clientRefresh + late,
              retireAfter: Math.max(tls, clientRefresh) + late,
              every: (publishBefore, retireAfter) => publishBefore + retireAfter,
            }),
            intermediate: schedule(unit, {
              publishBefore: backdate + clockSkew,
              retireAfter: retiringIntermediatesInCrt ? tls + late : 0,
              every: everySo,
            }),
            ssh: fc.oneof(
              fc.record({ user: ssh(sshUser), host: ssh(sshHost) }, { requiredKeys: [] }),
              ssh(Math.max(sshUser, sshHost)),
            ),
            existingRoot: existing,
          },
          { requiredKeys: [] },
        )
        .map((parts) => ({
          ...parts,
          longestLeaf: { tls: text(tls), sshUser: text(sshUser), sshHost: text(sshHost) },
          clientRefresh: text(clientRefresh),
          lateness: text(lateness),
          clockSkew: text(clockSkew),
          backdate: text(backdate),
          retiringIntermediatesInCrt,
        }));
    },
  );

/** An instant for testing a rotation: often one at which something changes, or one second away from it. */
export interface Moment {
  readonly part: number;
  readonly generation: number;
  readonly change: "publishedFrom" | "activeFrom" | "retiringFrom" | "goneFrom";
  /** Milliseconds. */
  readonly offset: number;
}

/** Moments of the first generations, and some before. */
export const randomMoment: fc.Arbitrary<Moment> = fc.record({
  part: fc.nat(AUTHORITY_PARTS.length - 1),
  generation: fc.nat(5),
  change: fc.constantFrom("publishedFrom", "activeFrom", "retiringFrom", "goneFrom"),
  offset: fc.oneof(fc.constantFrom(-1, 0, 1, -1000, 1000), fc.integer({ min: -3_000_000, max: 3_000_000 })),
});

/** The instant of a moment in a rotation. */
export function instantOf({ schedules }: Rotation, moment: Moment): Instant {
  const part = AUTHORITY_PARTS[moment.part] ?? "root";
  const change = generation(schedules[part] ?? schedules.root, moment.generation)[moment.change];
  return (Number.isFinite(change) ? change : ORIGIN) + moment.offset;
}

/** Chances to compromise generations, of which {@link compromisedAt} makes names. */
export const randomCompromise: fc.Arbitrary<readonly { readonly part: number; readonly which: number }[]> = fc.array(
  fc.record({ part: fc.nat(AUTHORITY_PARTS.length - 1), which: fc.nat(3) }),
  { maxLength: 4 },
);

/** A rotation in which some generations that are there at an instant are compromised, one after the other. */
export function compromisedAt(
  args: RotationArgs,
  at: Instant,
  chances: readonly { readonly part: number; readonly which: number }[],
): RotationArgs {
  return chances.reduce<RotationArgs>((before, { part: index, which }) => {
    const part = AUTHORITY_PARTS[index] ?? "root";
    const there = authorityState(readRotation(before), at).generations[part];
    const chosen = there[which % there.length];
    return chosen === undefined
      ? before
      : { ...before, compromised: [...(before.compromised ?? []), generationLabel(part, chosen.number)] };
  }, args);
}
