import assert from "node:assert/strict";
import { type AuthorityOutputs, parseOutputs as parse } from "../../provider/cli/outputs";

/** Reads the outputs of an authority that waits for nobody. */
export function parseOutputs(...args: Parameters<typeof parse>): AuthorityOutputs {
  const outputs = parse(...args);
  assert.ok(!("waitsFor" in outputs));
  return outputs;
}
