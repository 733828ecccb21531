import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError, systemCode } from "../errors";
import { type AuthorityOutputs, parseOutputs } from "./outputs";
import { PulumiProgram, saidBy } from "./pulumiProgram";
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
  const args = [...OUTPUT_COMMAND, ...(stack === undefined ? [] : ["--stack", stack])];
  return parseOutputs(await runPulumi(args, resolve(shell.cwd, cwd), shell), "pulumi stack output");
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

async function runPulumi(args: string[], cwd: string, shell: Shell): Promise<string> {
  if (!existsSync(cwd)) {
    throw new PkiError("OUTPUTS_UNREADABLE", `the folder "${cwd}" does not exist`, "Correct --cwd");
  }
  try {
    return await new PulumiProgram(cwd, shell).answer(args);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      throw new PkiError(
        "OUTPUTS_UNREADABLE",
        "pulumi is not installed, or not on the PATH",
        "Install the Pulumi CLI, or give the outputs as a file with --outputs",
        { cause },
      );
    }
    throw new PkiError(
      "OUTPUTS_UNREADABLE",
      `pulumi stack output failed in "${cwd}":\n${saidBy(cause)}\n` + "No outputs, nothing done",
      "Run it in the folder of Pulumi.yaml or give --cwd, choose a stack with --stack, and set the backend and " +
        "passphrase as for pulumi up",
      { cause },
    );
  }
}
