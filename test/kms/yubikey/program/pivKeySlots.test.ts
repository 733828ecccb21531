import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseSlots, type RecordedSlots } from "../../../../provider/kms/yubikey/program/pivKeySlots";
import type { Slot } from "../../../../provider/piv/slots";

const NOTHING: RecordedSlots = { own: new Map(), freed: [], released: [] };

interface Choice {
  readonly what: string;
  readonly list: readonly Slot[];
  readonly generations: readonly number[];
  readonly recorded: Partial<RecordedSlots>;
  readonly expected: readonly string[];
}

const CHOICES: readonly Choice[] = [
  {
    what: "the first slot for the first generation",
    list: ["9a", "82"],
    generations: [0],
    recorded: {},
    expected: ["0 9a new"],
  },
  {
    what: "the next slot for the next generation",
    list: ["9a", "82"],
    generations: [0, 1],
    recorded: {},
    expected: ["0 9a new", "1 82 new"],
  },
  {
    what: "a slot again when its turn comes",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]) },
    expected: ["1 82 new", "2 9a new"],
  },
  {
    what: "a slot to overwrite when its key is deleted in the same run",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]), freed: ["9a"] },
    expected: ["1 82 new", "2 9a overwrite"],
  },
  {
    what: "its own slot for each generation, whatever the list says now",
    list: ["83", "84", "9a"],
    generations: [0, 1],
    recorded: { own: new Map([[0, "9a"]]) },
    expected: ["0 9a new", "1 84 new"],
  },
  {
    what: "no slot that holds a released key, if there is another",
    list: ["9a", "82", "83"],
    generations: [2, 3],
    recorded: { own: new Map([[2, "83"]]), released: ["9a"] },
    expected: ["2 83 new", "3 82 new"],
  },
  {
    what: "a slot that holds a released key, which the card then refuses, if there is no other",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]), released: ["9a"] },
    expected: ["1 82 new", "2 9a new"],
  },
];

void describe("The slots of rotated keys", () => {
  for (const { what, list, generations, recorded, expected } of CHOICES) {
    void it(`include ${what}`, () => {
      const chosen = chooseSlots(list, generations, { ...NOTHING, ...recorded });
      assert.deepEqual(
        [...chosen].map(([generation, { slot, use }]) => `${String(generation)} ${slot} ${use}`),
        expected,
      );
    });
  }
});
