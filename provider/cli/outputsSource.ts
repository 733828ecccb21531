import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { type AuthorityOutputs, parseOutputs } from "./outputs";
import { runPulumi } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** Where the outputs of a stack come from. */
export interface OutputsSource {
  /** The folder of the Pulumi project, or one below it. */
  readonly cwd: string;
  /** The stack; the selected one by default. */
  readonly stack?: string;
  /** A file that holds the outputs, or `-` for standard input, instead of asking `pulumi`. */
  readonly file?: string;
}

const OUTPUT_COMMAND = ["stack", "output", "--json", "--show-secrets"];

/**
 * Reads the outputs of a stack that holds a certificate authority.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export async function readOutputs({ cwd, stack, file }: OutputsSource, shell: Shell): Promise<AuthorityOutputs> {
  if (file === "-") {
    return parseOutputs(await shell.stdin(), "standard input");
  }
  if (file !== undefined) {
    return parseOutputs(await readOutputsFile(resolve(shell.cwd, file), file), `"${file}"`);
  }
  const question = {
    command: OUTPUT_COMMAND,
    name: "pulumi stack output",
    code: "OUTPUTS_UNREADABLE",
    instead: "give the outputs as a file with --outputs",
  } as const;
  return parseOutputs(
    await runPulumi(question, { cwd, ...(stack === undefined ? {} : { stack }) }, shell),
    "pulumi stack output",
  );
}

async function readOutputsFile(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PkiError(
      "OUTPUTS_UNREADABLE",
      `the outputs cannot be read from "${given}": ${messageOf(cause)}`,
      "Name a file made by pulumi stack output --json --show-secrets",
      { cause },
    );
  }
}
