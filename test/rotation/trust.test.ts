import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { changesWithin, nextChange } from "../../provider/rotation/changes";
import { trustGaps } from "../../provider/rotation/trustGap";
import { readRotation, type Rotation } from "../../provider/rotation/rotation";
import type { Instant } from "../../provider/rotation/schedule";
import { randomConduct, victims } from "./client";
import { instantOf, randomMoment, randomRotation } from "./randomRotations";
import { World } from "./trust";

/** The largest distance of anything that matters at an instant, before or after it. */
function reach({ margins }: Rotation): number {
  const { longestLeaf, clientRefresh, lateness, clockSkew } = margins;
  return 2 * Math.max(...Object.values(longestLeaf)) + clientRefresh + lateness + 2 * clockSkew;
}

/** From 0 to 1, often the ends. */
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

void describe("A client within the rotation's margins", () => {
  void it("trusts every certificate for its whole life if no run is later than allowed", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, share, randomConduct, fc.infiniteStream(share), (...chances) => {
        const [args, moment, late, conduct, delays] = chances;
        const rotation = readRotation(args);
        const { lateness } = rotation.margins;
        const issuedAt = instantOf(rotation, moment) + Math.floor(late * lateness);
        const first = issuedAt - reach(rotation);
        const runs = changesWithin(rotation, first, issuedAt + reach(rotation)).map(
          (change) => change + Math.floor((delays.next().value as number) * lateness),
        );
        const world = new World(rotation, [first, ...runs.sort((a, b) => a - b)]);
        assert.deepEqual(victims(world, issuedAt, conduct), []);
      }),
      { numRuns: 1_500 },
    );
  });

  void it("has problems only in the reported gaps, whenever runs happen", () => {
    const randomRuns = fc.array(randomMoment, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(randomRotation, randomRuns, fc.nat(4), fc.nat(1), randomConduct, (...chances) => {
        const [args, moments, index, before, conduct] = chances;
        const rotation = readRotation(args);
        const later = moments.map((moment) => instantOf(rotation, moment)).sort((a, b) => a - b);
        const issuedAt = (later[index % later.length] ?? 0) - before;
        const runs: [Instant, ...Instant[]] = [(later[0] ?? 0) - reach(rotation), ...later];
        const gaps = runs.slice(1).flatMap((run, previous) => trustGaps(rotation, runs[previous] ?? run, run));
        const untold = victims(new World(rotation, runs), issuedAt, conduct).filter(
          ({ usedAt }) => !gaps.some((gap) => gap.from <= usedAt && usedAt <= gap.to),
        );
        assert.deepEqual(untold, []);
      }),
      { numRuns: 2_500 },
    );
  });

  void it("has no reported gap if no run is later than allowed", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, share, (args, moment, late) => {
        const rotation = readRotation(args);
        const lastRun = instantOf(rotation, moment);
        const due = nextChange(rotation, lastRun) ?? lastRun;
        assert.deepEqual(trustGaps(rotation, lastRun, due + Math.floor(late * rotation.margins.lateness)), []);
      }),
      { numRuns: 1_000 },
    );
  });
});
