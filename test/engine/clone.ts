import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CHECKOUT, ended, PulumiProject, type Run } from "./project";

/** What a new shell of a person who just cloned the repository lacks. */
const NOT_IN_A_NEW_SHELL = [
  ...["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"],
  ...["KMS_PKI_PASSPHRASE_FILE", "PULUMI_SKIP_UPDATE_CHECK", "CI"],
];

/** A clone of this repository, as a person works in it, with a shell for what the documents say. */
export class Clone {
  private constructor(readonly project: PulumiProject) {}

  /** What git has, or would have, of this checkout, compiled, and with its packages. */
  static async make(): Promise<Clone> {
    const project = await PulumiProject.existing((directory) => {
      const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
        cwd: CHECKOUT,
        encoding: "utf8",
      });
      for (const file of [...listed.split("\n").filter((name) => name !== ""), "dist"]) {
        cpSync(join(CHECKOUT, file), join(directory, file), { recursive: true, preserveTimestamps: true });
      }
      symlinkSync(join(CHECKOUT, "node_modules"), join(directory, "node_modules"));
      const git = (...args: string[]): unknown => execFileSync("git", args, { cwd: directory, stdio: "ignore" });
      git("init");
      git("add", "--all");
      git("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--message", "Clone");
    });
    return new Clone(project);
  }

  /** Starts commands in a shell of their own, whose process group can be ended. */
  start(commands: string, environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const file = join(this.project.scratch, "commands.sh");
    const lines = ["#!/usr/bin/env bash", "set -eo pipefail", `unset ${NOT_IN_A_NEW_SHELL.join(" ")}`, commands];
    writeFileSync(file, lines.join("\n"), { mode: 0o755 });
    // A person answers "yes".
    return this.project.script(join("..", "commands.sh"), { PULUMI_SKIP_CONFIRMATIONS: "true", ...environment });
  }

  /** Runs commands and fails when one of them fails. */
  async run(commands: string, environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    const run = await ended(this.start(commands, environment));
    if (run.code !== 0) {
      throw new Error(`these commands ended with ${String(run.code ?? run.signal)}:\n${commands}\n${run.output}`);
    }
    return run;
  }

  /** Files that git would offer to commit. */
  untracked(): string[] {
    const listed = execFileSync("git", ["status", "--porcelain"], { cwd: this.project.directory, encoding: "utf8" });
    return listed.split("\n").filter((line) => line.startsWith("??"));
  }
}

/** A program in the foreground of a shell, such as step-ca after `make serve`. */
export class Foreground {
  #output = "";

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
  }

  /** Waits until it has said something. */
  static async until(child: ChildProcess, said: RegExp): Promise<Foreground> {
    const foreground = new Foreground(child);
    while (!said.test(foreground.#output)) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`it ended before it said ${said.source}:\n${foreground.#output}`);
      }
      await sleep(50);
    }
    return foreground;
  }

  get output(): string {
    return this.#output;
  }

  /** Ends the program, whose process ID the shell itself does not tell, and waits for the shell. */
  async stop(pid: number): Promise<void> {
    const closed = once(this.child, "close");
    process.kill(pid, "SIGTERM");
    await closed;
  }
}
