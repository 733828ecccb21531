import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, missingJudge } from "./judge";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "c" } };

void describe("The judge of Kubernetes' objects", { skip: missingJudge() }, () => {
  void it("accepts an object of Kubernetes", () => {
    judge([CONFIG_MAP]);
  });

  const unknown: readonly (readonly [string, object])[] = [
    ["a field that does not exist", { ...CONFIG_MAP, dat: {} }],
    ["a field of another type, below", { ...CONFIG_MAP, data: { b: 1 } }],
    ["a field that does not exist in what another schema describes", { ...CONFIG_MAP, metadata: { nam: "a" } }],
    ["an object that does not exist", { ...CONFIG_MAP, kind: "Config" }],
  ];
  for (const [what, manifest] of unknown) {
    void it(`refuses ${what}`, () => {
      assert.throws(() => {
        judge([CONFIG_MAP, manifest]);
      });
    });
  }
});
