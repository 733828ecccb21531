import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeyKeeper, MarkedKeys } from "../../provider/keySources/keyKeeper";
import { refuseUnknown } from "../../provider/keySources/unknownKeys";
import { PkiError } from "../../provider/errors";

const KEEPER = {
  mark: "that bears the mark",
  elsewhere: "Choose another keyRing",
  discardCommand: (id: string) => `discard ${id}`,
} as unknown as KeyKeeper;

/** What is said of marked keys, when "known" is in the state. */
function refusal(marked: Partial<MarkedKeys>): string | undefined {
  try {
    const none = { own: [], doubtful: [], others: [] };
    refuseUnknown({ keyName: "root", name: "ca-root-key" }, KEEPER, { ...none, ...marked }, ["known"]);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PkiError && error.code === "KEY_EXISTS");
    return error.message;
  }
}

void describe("A key of which only the cloud knows", () => {
  void it("is to be adopted or given up when it bears this authority's id", () => {
    const message = refusal({ own: ["a", "b"] }) ?? "";
    assert.match(message, /the key a and the key b that bears the mark, which is not in the state of "ca-root-key"/);
    assert.match(message, /adopt: \{ "root": "a" \}.*discard a/);
  });

  void it("is neither to be adopted nor to be given up when it bears another's", () => {
    const message = refusal({ others: ["a"], own: ["b"] }) ?? "";
    assert.match(message, /the key a that bears the mark, which belongs to another authority and may be in use/);
    assert.match(message, /Choose another keyRing\.$/);
    assert.doesNotMatch(message, /adopt|discard/);
  });

  void it("is to be looked into first when it bears none", () => {
    const message = refusal({ doubtful: ["a"] }) ?? "";
    assert.match(message, /or another checkout of this project.*uses it\. Find out first who uses it/);
    assert.match(message, /Continue only if nobody else does\. To use it: adopt/);
  });

  void it("is none when the state knows it", () => {
    assert.equal(refusal({ own: ["known"], doubtful: ["known"], others: ["known"] }), undefined);
  });
});
