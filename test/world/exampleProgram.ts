import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import ts from "typescript";
import * as pki from "../../provider";
import { CHECKOUT } from "../engine/project";

const load = createRequire(__filename);

/**
 * The program of an example, as a function that returns what it exports.
 *
 * @param example its folder in `examples/`
 * @param edit what a reader changes in the program; default nothing
 */
export function exampleProgram(example: string, edit = (source: string): string => source): () => unknown {
  const source = readFileSync(join(CHECKOUT, "examples", example, "index.ts"), "utf8");
  const { outputText } = ts.transpileModule(edit(source), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const run = compileFunction(outputText, ["exports", "require"]) as (exports: object, require: unknown) => void;
  return () => {
    const exports = {};
    run(exports, (name: string): unknown => (name === "pulumi-kms-pki" ? pki : (load(name) as unknown)));
    return exports;
  };
}
