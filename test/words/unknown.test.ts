import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasUnknown, UNKNOWN } from "../../provider/words/unknown";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";

void describe("An unknown value", () => {
  void it("is the one that the SDK sends", () => {
    assert.equal(UNKNOWN, unknownValue);
  });

  const values: readonly { what: string; value: unknown; unknown: boolean }[] = [
    { what: "itself", value: UNKNOWN, unknown: true },
    { what: "in a list", value: ["a", UNKNOWN], unknown: true },
    { what: "deep inside an object", value: { a: [{ b: UNKNOWN }] }, unknown: true },
    { what: "as part of a longer text", value: `x${UNKNOWN}`, unknown: false },
    { what: "as a field name", value: { [UNKNOWN]: 1 }, unknown: false },
    { what: "in undefined", value: undefined, unknown: false },
    { what: "in null", value: null, unknown: false },
    { what: "in a number", value: 0, unknown: false },
    { what: "in an empty list", value: [], unknown: false },
  ];
  for (const { what, value, unknown } of values) {
    void it(`is ${unknown ? "found" : "not found"} ${what}`, () => {
      assert.equal(hasUnknown(value), unknown);
    });
  }
});
