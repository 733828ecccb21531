import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { generationLabel } from "../../provider/rotation/authorityPart";
import { authorityState, type AuthorityState } from "../../provider/rotation/authorityState";
import { changesWithin, nextChange } from "../../provider/rotation/changes";
import { readRotation } from "../../provider/rotation/rotation";
import { timeline, timelineLength } from "../../provider/rotation/timeline";
import { instantOf, randomMoment, randomRotation } from "./randomRotations";
import { ARGS, day, rotation } from "./rotations";

/** The content of a state, without its time. */
function declared({ generations, certificates, caConfig }: AuthorityState): unknown {
  return { generations, certificates, caConfig };
}

void describe("The timeline of a rotation", () => {
  const roots = readRotation(ARGS.root === undefined ? {} : { root: ARGS.root });

  void it("has a step for each change, with the state from then on", () => {
    const { steps } = timeline(roots, day(80), day(200));
    assert.deepEqual(
      steps.map(({ at, changes, state }) => [
        (at - day(0)) / 86_400_000,
        changes.map(({ part, generation, state: to }) => `${generationLabel(part, generation)} ${to}`),
        state.caConfig.root,
      ]),
      [
        [80, [], ["root"]],
        [90, ["root-g1 published"], ["root", "root-g1"]],
        [100, ["root retiring", "root-g1 active"], ["root-g1", "root"]],
        [120, ["root gone"], ["root-g1"]],
        [190, ["root-g2 published"], ["root-g1", "root-g2"]],
        [200, ["root-g1 retiring", "root-g2 active"], ["root-g2", "root-g1"]],
      ],
    );
  });

  void it("has the generations of the period for the keys with a schedule", () => {
    const { generations } = timeline(roots, day(80), day(195));
    assert.deepEqual(
      generations.map(({ part, generation }) => generationLabel(part, generation.number)),
      ["root", "root-g1", "root-g2"],
    );
  });

  void it("has no more steps than were estimated, and only slightly fewer", () => {
    for (const [from, to] of [
      [0, 3_650],
      [89, 101],
      [-500, 7],
    ] as const) {
      assert.ok(
        timeline(rotation(), day(from), day(to)).steps.length <= timelineLength(rotation(), day(from), day(to)),
      );
    }
    const steps = timeline(roots, day(0), day(3_650)).steps.length;
    assert.ok(timelineLength(roots, day(0), day(3_650)) <= steps + 3);
  });
});

void describe("The next change", () => {
  void it("is when the next run has something to do", () => {
    const roots = readRotation(ARGS.root === undefined ? {} : { root: ARGS.root });
    for (const [after, next] of [
      [-50_000, 90],
      [0, 90],
      [90, 100],
      [100, 120],
      [120, 190],
    ] as const) {
      assert.equal(nextChange(roots, day(after)), day(next));
    }
  });

  void it("never comes without a schedule", () => {
    assert.equal(nextChange(readRotation({}), day(0)), undefined);
  });

  void it("is always found, nothing changes before it, and something does then", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const random = readRotation(args);
        const at = instantOf(random, moment);
        const next = nextChange(random, at);
        if (Object.keys(random.schedules).length === 0) {
          assert.equal(next, undefined);
          return;
        }
        assert.ok(next !== undefined && next > at);
        const before = declared(authorityState(random, at));
        assert.deepEqual(declared(authorityState(random, next - 1)), before);
        assert.notDeepEqual(declared(authorityState(random, next)), before);
        assert.deepEqual(changesWithin(random, at, next), [next]);
      }),
      { numRuns: 1_000 },
    );
  });
});
