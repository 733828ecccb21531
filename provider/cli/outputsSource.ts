import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import type { OutputsOrigin } from "./outputReader";
import { type AuthorityOutputs, parseOutputs, type WaitingAuthority } from "./outputs";
import { readProjectFile } from "./projectFile";
import { runPulumi } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** The source of a stack's outputs. */
export interface OutputsSource {
  /** The folder of the Pulumi project, or one below it. */
  readonly cwd: string;
  /** The stack. Default the selected one. */
  readonly stack?: string;
  /** The output that is the authority, if the stack has several. */
  readonly authority?: string;
  /** A file that holds the outputs, or `-` for standard input, instead of asking `pulumi`. */
  readonly file?: string;
}

const OUTPUT_COMMAND = ["stack", "output", "--json", "--show-secrets"];

/**
 * Reads the outputs of a certificate authority.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`
 */
export async function readOutputs(source: OutputsSource, shell: Shell): Promise<AuthorityOutputs | WaitingAuthority> {
  const { text, from } = await readOutputsText(source, shell);
  return parseOutputs(text, from, source.authority);
}

/**
 * Reads the outputs of a stack as JSON, with their source, for messages.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export async function readOutputsText(
  { cwd, stack, file }: OutputsSource,
  shell: Shell,
): Promise<{ readonly text: string; readonly from: OutputsOrigin }> {
  const runtime = readProjectFile(resolve(shell.cwd, cwd))?.runtime;
  if (file === "-") {
    return { text: await shell.stdin(), from: { name: "standard input", runtime } };
  }
  if (file !== undefined) {
    return { text: await readOutputsFile(resolve(shell.cwd, file), file), from: { name: `"${file}"`, runtime } };
  }
  const question = {
    command: OUTPUT_COMMAND,
    name: "pulumi stack output",
    code: "OUTPUTS_UNREADABLE",
    instead: "give the outputs as a file with --outputs",
  } as const;
  const text = await runPulumi(question, { cwd, ...(stack === undefined ? {} : { stack }) }, shell);
  return { text, from: { name: question.name, runtime } };
}

async function readOutputsFile(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PkiError(
      "OUTPUTS_UNREADABLE",
      `the outputs cannot be read from "${given}": ${messageOf(cause)}`,
      "Give a file made by pulumi stack output --json --show-secrets",
      { cause },
    );
  }
}
