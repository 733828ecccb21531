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

/** The message about marked keys when "known" is in the state. */
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

void describe("A key that only the cloud knows", () => {
  void it("can be adopted or discarded when it has this authority's id", () => {
    const message = refusal({ own: ["a", "b"] }) ?? "";
    assert.match(message, /the key a and the key b that bears the mark, which is not in the state of "ca-root-key"/);
    assert.match(message, /adopt: \{ "root": "a" \}.*discard a/);
  });

  void it("can be neither adopted nor discarded when it has another authority's id", () => {
    const message = refusal({ others: ["a"], own: ["b"] }) ?? "";
    assert.match(message, /the key a that bears the mark, which belongs to another authority and may be in use/);
    assert.match(message, /Choose another keyRing\.$/);
    assert.doesNotMatch(message, /adopt|discard/);
  });

  void it("must be investigated first when it has no id", () => {
    const message = refusal({ doubtful: ["a"] }) ?? "";
    assert.match(message, /or another checkout of this project.*uses it\. Find out first who uses it/);
    assert.match(message, /Continue only if nobody else does\. To use it: adopt/);
  });

  void it("is not reported when the state knows it", () => {
    assert.equal(refusal({ own: ["known"], doubtful: ["known"], others: ["known"] }), undefined);
  });
});
