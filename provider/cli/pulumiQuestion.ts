import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type ErrorCode, PkiError, systemCode } from "../errors";
import { PulumiProgram, saidBy } from "./pulumiProgram";
import type { Shell } from "./shell";

/** A question to the Pulumi CLI, with the error if it does not answer. */
export interface PulumiQuestion {
  readonly command: readonly string[];
  /** The command that the user would type. */
  readonly name: string;
  readonly code: ErrorCode;
  /** The alternative without a Pulumi CLI, such as an option. */
  readonly instead: string;
}

/** The choice of a stack. */
export interface StackChoice {
  /** The folder of the Pulumi project, or one below it. */
  readonly cwd: string;
  /** The stack. Default the selected one. */
  readonly stack?: string;
}

/**
 * Asks the Pulumi CLI, without prompts.
 *
 * @returns its standard output
 * @throws PkiError with the question's code
 */
export async function runPulumi(
  question: PulumiQuestion,
  { cwd: given, stack }: StackChoice,
  shell: Shell,
): Promise<string> {
  const { command, name, code, instead } = question;
  const cwd = resolve(shell.cwd, given);
  if (!existsSync(cwd)) {
    throw new PkiError(code, `the folder "${cwd}" does not exist`, "Correct --cwd");
  }
  try {
    const choice = stack === undefined ? [] : ["--stack", stack];
    return await new PulumiProgram(cwd, shell).answer([...command, ...choice]);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      throw new PkiError(code, "pulumi is not installed, or not on the PATH", `Install the Pulumi CLI, or ${instead}`, {
        cause,
      });
    }
    throw new PkiError(
      code,
      `${name} failed in "${cwd}":\n${saidBy(cause)}\n` + "Nothing was read or done",
      "Run it in the folder of Pulumi.yaml or give --cwd, choose a stack with --stack, and set the backend and " +
        "passphrase as for pulumi up",
      { cause },
    );
  }
}
