import assert from "node:assert/strict";
import type { Context } from "../../provider/lifecycle/context";
import type { Properties } from "../../provider/plugin/wire";
import { resourceOf, urnOf } from "./servedResource";

/** An import, as the engine and the program that it writes would have it. */
export interface ImportedThing {
  readonly id: string;
  /** The arguments of the program. */
  readonly args: Properties;
  readonly outputs: Properties;
}

/** Imports a thing, and requires that a preview of the program that is written of it, a refresh and its update change nothing. */
export async function importedThing(context: Context, type: string, id: string): Promise<ImportedThing> {
  const urn = urnOf(type, "taken");
  const resource = resourceOf(type, context);
  const { id: recorded, inputs: args, outputs } = await resource.import(urn, id);
  assert.deepEqual(await resource.read(urn, recorded, args, outputs), outputs);
  const { inputs, problems } = await resource.check(urn, args, args);
  assert.deepEqual(problems, []);
  assert.equal((await resource.diff(outputs, inputs)).changes, false);
  return { id: recorded, args, outputs };
}
