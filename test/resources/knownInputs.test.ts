import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output, type Output, unknown } from "@pulumi/pulumi";
import {
  derived,
  isOutput,
  plainValues,
  settledValues,
  withDefault,
  withEntries,
} from "../../provider/resources/knownInputs";
import { UNKNOWN } from "../../provider/words/unknown";

/** An output that a preview does not know. */
const later = output(unknown) as unknown as Output<string>;

void describe("Inputs for checks", () => {
  void it("are unknown at first where they contain Outputs or Promises", () => {
    const inputs = { plain: 1, given: output("x"), list: ["a", Promise.resolve("b")], part: { inner: later } };
    assert.deepEqual(plainValues(inputs), {
      ...{ plain: 1, given: UNKNOWN, list: ["a", UNKNOWN], part: { inner: UNKNOWN } },
    });
  });

  void it("are known once they have settled, except what a preview does not know", async () => {
    const inputs = {
      ...{ plain: 1, given: output("x"), list: ["a", Promise.resolve("b"), later], nothing: output(undefined) },
      ...{ whole: output({ known: "k", not: later }), nested: Promise.resolve({ inner: output(["y"]) }) },
    };
    assert.deepEqual(await settledValues(inputs as object), {
      ...{ plain: 1, given: "x", list: ["a", "b", UNKNOWN], nothing: undefined },
      ...{ whole: { known: "k", not: UNKNOWN }, nested: { inner: ["y"] } },
    });
  });
});

void describe("A value derived from inputs", () => {
  const twice = (text: string): string => text + text;

  void it("is known at once if they are", () => {
    assert.equal(derived("a", twice), "aa");
    assert.equal(withDefault<string>(undefined, "d"), "d");
    assert.equal(withDefault("a", "d"), "a");
    assert.deepEqual(withEntries({ a: "1" }, { b: "2" }), { a: "1", b: "2" });
  });

  void it("is known later if one of them is", async () => {
    const found = {
      ...{ derived: derived(output("a"), twice), missing: withDefault(output(undefined), "d") },
      ...{
        given: withDefault(Promise.resolve("a"), "d"),
        entries: withEntries(output({ a: "1" }), { b: output("2") }),
      },
    };
    assert.ok(Object.values(found).every((value) => isOutput<unknown>(value)));
    const settled = await settledValues(found as object);
    assert.deepEqual(settled, { derived: "aa", missing: "d", given: "a", entries: { a: "1", b: "2" } });
  });

  void it("leaves the other entries of a record known", () => {
    const entries = withEntries({ a: "1" }, { b: later }) as Record<string, unknown>;
    assert.equal(entries["a"], "1");
  });
});
