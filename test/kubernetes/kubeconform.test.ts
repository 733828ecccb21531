import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, missingKubeconform } from "./kubeconform";

void describe("kubeconform", { skip: missingKubeconform() }, () => {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "c" } };

  void it("accepts an object of Kubernetes", () => {
    judge([configMap]);
  });

  const refused: readonly (readonly [string, object])[] = [
    ["a field that does not exist", { ...configMap, dat: {} }],
    ["a field of another type, below", { ...configMap, data: { b: 1 } }],
    ["a field that does not exist in what another schema describes", { ...configMap, metadata: { nam: "a" } }],
    ["an object that does not exist", { ...configMap, kind: "Config" }],
  ];
  for (const [what, manifest] of refused) {
    void it(`refuses ${what}`, () => {
      assert.throws(() => {
        judge([configMap, manifest]);
      });
    });
  }
});
