import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, PkiError } from "../errors";
import { acceptCommand } from "./acceptCommand";
import { adoptCommand } from "./adoptCommand";
import type { Command } from "./command";
import { deployCommand } from "./deployCommand";
import { exportCommand } from "./exportCommand";
import { HELP } from "./help";
import { lintCommand } from "./lintCommand";
import { planCommand } from "./planCommand";
import { recoverCommand } from "./recoverCommand";
import type { Shell } from "./shell";
import { statusCommand } from "./statusCommand";

/** The exit code of a call that names an unknown command or option (EX_USAGE of sysexits(3)). */
const USAGE_EXIT_CODE = 64;

const COMMANDS: Readonly<Record<string, Command>> = {
  export: exportCommand,
  deploy: deployCommand,
  status: statusCommand,
  accept: acceptCommand,
  plan: planCommand,
  recover: recoverCommand,
  lint: lintCommand,
  adopt: adoptCommand,
};

/**
 * Runs `kms-pki`. A failure is one message on standard error, never a stack trace.
 *
 * @param args the arguments after the program's name
 * @returns the exit code
 */
export async function kmsPki(args: readonly string[], shell: Shell): Promise<number> {
  let failureCode = USAGE_EXIT_CODE;
  try {
    const [name, ...rest] = args;
    if (name === undefined) {
      shell.err(HELP);
      return USAGE_EXIT_CODE;
    }
    if (name === "--version") {
      shell.out(version());
      return 0;
    }
    if (isHelp(name) || name === "help") {
      const [topic] = rest;
      shell.out(topic === undefined ? HELP : findCommand(topic).help);
      return 0;
    }
    const command = findCommand(name);
    if (rest.some(isHelp)) {
      shell.out(command.help);
      return 0;
    }
    const run = command.parse(rest);
    failureCode = command.failureCode;
    return await run(shell);
  } catch (error) {
    shell.err(messageOf(error));
    return failureCode;
  }
}

function isHelp(arg: string): boolean {
  return arg === "--help" || arg === "-h";
}

function findCommand(name: string): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new PkiError(
      "INPUT_INVALID",
      name.startsWith("-")
        ? `the command must come first, but "${name}" is not a command`
        : `"${name}" is not a command`,
      `Choose one of ${Object.keys(COMMANDS).join(", ")}; see kms-pki --help`,
    );
  }
  return command;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, "..", "..", "..", "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
