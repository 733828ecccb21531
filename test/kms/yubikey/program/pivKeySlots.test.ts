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
  { what: "the first to the first", list: ["9a", "82"], generations: [0], recorded: {}, expected: ["0 9a new"] },
  {
    what: "the next to the next",
    list: ["9a", "82"],
    generations: [0, 1],
    recorded: {},
    expected: ["0 9a new", "1 82 new"],
  },
  {
    what: "a slot again in its turn",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]) },
    expected: ["1 82 new", "2 9a new"],
  },
  {
    what: "a slot whose key is deleted in the same run, to be overwritten",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]), freed: ["9a"] },
    expected: ["1 82 new", "2 9a overwrite"],
  },
  {
    what: "each its own, whatever the list says now",
    list: ["83", "84", "9a"],
    generations: [0, 1],
    recorded: { own: new Map([[0, "9a"]]) },
    expected: ["0 9a new", "1 84 new"],
  },
  {
    what: "none that holds a released key, if there is another",
    list: ["9a", "82", "83"],
    generations: [2, 3],
    recorded: { own: new Map([[2, "83"]]), released: ["9a"] },
    expected: ["2 83 new", "3 82 new"],
  },
  {
    what: "one that holds a released key, if there is no other: the card refuses it",
    list: ["9a", "82"],
    generations: [1, 2],
    recorded: { own: new Map([[1, "82"]]), released: ["9a"] },
    expected: ["1 82 new", "2 9a new"],
  },
];

void describe("The slots of keys that take turns", () => {
  for (const { what, list, generations, recorded, expected } of CHOICES) {
    void it(`give ${what}`, () => {
      const chosen = chooseSlots(list, generations, { ...NOTHING, ...recorded });
      assert.deepEqual(
        [...chosen].map(([generation, { slot, use }]) => `${String(generation)} ${slot} ${use}`),
        expected,
      );
    });
  }
});
