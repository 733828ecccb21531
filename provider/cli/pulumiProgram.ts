import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { messageOf } from "../errors";
import type { Shell } from "./shell";

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const execFileAsync = promisify(execFile);

/** The `pulumi` on the PATH, run in a folder without prompts. */
export class PulumiProgram {
  readonly #cwd: string;
  readonly #shell: Shell;

  /** @param cwd absolute */
  constructor(cwd: string, shell: Shell) {
    this.#cwd = cwd;
    this.#shell = shell;
  }

  /**
   * Runs it and returns its standard output.
   *
   * @throws a system error `ENOENT` if it is not installed, and an error for {@link saidBy} if it fails
   */
  async answer(args: readonly string[]): Promise<string> {
    const running = execFileAsync("pulumi", [...args, "--non-interactive"], {
      cwd: this.#cwd,
      env: { ...this.#shell.environment },
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    running.child.stdin?.end();
    return (await running).stdout;
  }

  /** Runs it, passes its output on to standard error, and returns its exit code; null if it was killed. */
  async show(args: readonly string[]): Promise<number | null> {
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.#cwd,
      env: { ...this.#shell.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", this.#shell.err);
    }
    const [exitCode] = (await once(child, "close")) as [number | null];
    return exitCode;
  }
}

/** The output of a failed {@link PulumiProgram.answer}. */
export function saidBy(cause: unknown): string {
  const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
  return said === "" ? messageOf(cause) : said;
}
