import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AUTHORITY_PARTS } from "../../provider/rotation/authorityPart";
import {
  activeGeneration,
  generation,
  generationsAt,
  generationsWithin,
  stateAt,
} from "../../provider/rotation/generation";
import { readRotation } from "../../provider/rotation/rotation";
import { readSchedule } from "../../provider/rotation/schedule";
import { instantOf, randomMoment, randomRotation } from "./randomRotations";
import { day } from "./rotations";

const SCHEDULE = readSchedule({
  start: "2026-01-01T00:00:00Z",
  every: "100d",
  publishBefore: "10d",
  retireAfter: "20d",
});

void describe("The generations of a key", () => {
  const moments: readonly { at: number; states: string[] }[] = [
    { at: -10_000, states: ["0 active"] },
    { at: -1, states: ["0 active"] },
    { at: 0, states: ["0 active"] },
    { at: 90 - 1e-6, states: ["0 active"] },
    { at: 90, states: ["0 active", "1 published"] },
    { at: 100 - 1e-6, states: ["0 active", "1 published"] },
    { at: 100, states: ["0 retiring", "1 active"] },
    { at: 120 - 1e-6, states: ["0 retiring", "1 active"] },
    { at: 120, states: ["1 active"] },
    { at: 100_090, states: ["1000 active", "1001 published"] },
  ];
  for (const { at, states } of moments) {
    void it(`are ${states.join(", ")} on day ${String(at)}`, () => {
      assert.deepEqual(
        generationsAt(SCHEDULE, day(at)).map(({ number, state }) => `${String(number)} ${state}`),
        states,
      );
    });
  }

  void it("are a single one forever without a schedule", () => {
    for (const at of [-1e15, 0, 1e15]) {
      assert.deepEqual(
        generationsAt(undefined, at).map(({ number, state }) => `${String(number)} ${state}`),
        ["0 active"],
      );
    }
  });

  void it("within a period are those that exist at some time in it", () => {
    assert.deepEqual(
      generationsWithin(SCHEDULE, day(120), day(290)).map(({ number }) => number),
      [1, 2, 3],
    );
  });

  /** A schedule of a random rotation, and two instants in order. */
  const scheduleAndInstants = fc.tuple(randomRotation, randomMoment, randomMoment).map(([args, one, other]) => {
    const rotation = readRotation(args);
    const [first = 0, second = 0] = [instantOf(rotation, one), instantOf(rotation, other)].sort((a, b) => a - b);
    return { schedules: AUTHORITY_PARTS.map((part) => rotation.schedules[part]), first, second };
  });

  void it("always include exactly one active one, the one whose time it is", () => {
    fc.assert(
      fc.property(scheduleAndInstants, ({ schedules, first }) => {
        for (const schedule of schedules) {
          const active = generationsAt(schedule, first).filter(({ state }) => state === "active");
          assert.equal(active.length, 1);
          assert.deepEqual(
            { ...active[0], state: undefined },
            { ...activeGeneration(schedule, first), state: undefined },
          );
          assert.ok(schedule === undefined || first < schedule.start + schedule.every * ((active[0]?.number ?? 0) + 1));
        }
      }),
    );
  });

  void it("never return to an earlier state", () => {
    const order = [undefined, "published", "active", "retiring", "gone"];
    fc.assert(
      fc.property(scheduleAndInstants, fc.nat(6), ({ schedules, first, second }, number) => {
        for (const schedule of schedules) {
          const each = generation(schedule, number);
          const rank = (at: number): number =>
            order.indexOf(stateAt(each, at) ?? (at >= each.goneFrom ? "gone" : undefined));
          assert.ok(rank(first) <= rank(second));
        }
      }),
    );
  });

  void it("match a search through every generation", () => {
    fc.assert(
      fc.property(scheduleAndInstants, fc.uniqueArray(fc.nat(6)), ({ schedules, first, second }, compromised) => {
        for (const schedule of schedules) {
          const last = activeGeneration(schedule, second, compromised).number + 8;
          const all = Array.from({ length: last + 1 }, (_, number) => generation(schedule, number, compromised))
            .filter(({ number }) => !compromised.includes(number))
            .slice(0, schedule === undefined ? 1 : undefined);
          assert.deepEqual(
            generationsAt(schedule, first, compromised).map(({ number }) => number),
            all.filter((each) => stateAt(each, first) !== undefined).map(({ number }) => number),
          );
          assert.deepEqual(
            generationsWithin(schedule, first, second, compromised),
            all.filter(({ publishedFrom, goneFrom }) => publishedFrom <= second && goneFrom > first),
          );
        }
      }),
    );
  });
});
