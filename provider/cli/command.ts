import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { messageOf, PkiError } from "../errors";
import type { OutputsSource } from "./outputsSource";
import type { Shell } from "./shell";

/** A subcommand of `kms-pki`. */
export interface Command {
  readonly help: string;
  /** The exit code when {@link Command.parse}'s result fails. */
  readonly failureCode: number;
  /**
   * Reads the options and returns the action, which returns an exit code.
   *
   * @throws PkiError `INPUT_INVALID` for anything but the options that the help describes
   */
  readonly parse: (args: readonly string[]) => (shell: Shell) => Promise<number>;
}

/** The options for the source of the outputs, which every subcommand accepts. */
export const SOURCE_OPTIONS = {
  cwd: { type: "string" },
  stack: { type: "string" },
  authority: { type: "string" },
  outputs: { type: "string" },
} as const;

/**
 * Reads options strictly: only known options, no empty values, and no other arguments.
 *
 * @param command the subcommand's name, for the hint
 * @throws PkiError `INPUT_INVALID`
 */
export function parseOptions<Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: string,
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: false }>>["values"] {
  return parseStrictly(command, () => parseArgs({ args: [...args], options, strict: true, allowPositionals: false }))
    .values;
}

/**
 * Reads options as {@link parseOptions}, and the names of files, of which there is at least one.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function parseFiles<Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: string,
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: true }>> {
  const parsed = parseStrictly(command, () =>
    parseArgs({ args: [...args], options, strict: true, allowPositionals: true }),
  );
  if (parsed.positionals.length === 0 || parsed.positionals.includes("")) {
    throw usageError(command, "No file is named");
  }
  return parsed;
}

function parseStrictly<Parsed extends { readonly values: object }>(command: string, parse: () => Parsed): Parsed {
  try {
    const parsed = parse();
    for (const [name, value] of Object.entries(parsed.values)) {
      if (value === "") {
        throw new Error(`Option '--${name}' is empty`);
      }
    }
    return parsed;
  } catch (cause) {
    // Node's message continues with advice on positional arguments, which no option of ours needs.
    const [reason = ""] = messageOf(cause).split(/\.(?:\s|$)/);
    throw usageError(command, reason);
  }
}

/** Reads the source of the outputs from the options. */
export function outputsSource(
  command: string,
  values: { readonly cwd?: string; readonly stack?: string; readonly authority?: string; readonly outputs?: string },
): OutputsSource {
  const { cwd = ".", stack, authority, outputs: file } = values;
  if (file !== undefined && stack !== undefined) {
    throw usageError(command, "--outputs and --stack exclude each other");
  }
  return {
    cwd,
    ...(stack === undefined ? {} : { stack }),
    ...(authority === undefined ? {} : { authority }),
    ...(file === undefined ? {} : { file }),
  };
}

/**
 * The folder that `--cwd` names, absolute.
 *
 * @throws PkiError `INPUT_INVALID` if there is none
 */
export function workingDirectory(command: string, cwd: string, shell: Pick<Shell, "cwd">): string {
  const directory = resolve(shell.cwd, cwd);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageError(command, `the folder "${directory}" of --cwd does not exist`);
  }
  return directory;
}

/** The error for a wrong call of a subcommand. */
export function usageError(command: string, reason: string): PkiError {
  return new PkiError("INPUT_INVALID", reason, `See kms-pki ${command} --help`);
}
