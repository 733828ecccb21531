import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { messageOf } from "../../errors";
import type { HostReach } from "./deploySettings";

/** How long one command on a host may take. */
const TIMEOUT_SECONDS = 120;

/**
 * Options of ssh that come before those of the settings, and so win: nobody is asked, and a host key must be known. A connection that is
 * lost ends the command.
 */
const SSH_OPTIONS = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "ConnectTimeout=10",
  "ServerAliveInterval=15",
  "ServerAliveCountMax=4",
].flatMap((option) => ["-o", option]);

/** A command on a host that failed. */
export class HostFailure extends Error {
  /**
   * @param exitCode that of the command, 255 if ssh failed, null if it was killed or could not be started
   * @param said the last lines of its standard error
   */
  constructor(
    readonly exitCode: number | null,
    readonly said: string,
  ) {
    super(said);
  }
}

/** Runs commands for a POSIX shell on a host. */
export class HostShell {
  readonly #program: string;
  readonly #arguments: (script: string) => readonly string[];
  readonly #cwd: string;
  readonly #environment: NodeJS.ProcessEnv;

  /**
   * @param cwd the folder in which the program that reaches the host runs, absolute
   * @param environment the environment of that program
   */
  constructor(reach: HostReach, cwd: string, environment: NodeJS.ProcessEnv) {
    const [program = "", ...words] = wordsOf(reach);
    this.#program = program;
    // ssh hands one line to the login shell there, which may be no POSIX shell.
    this.#arguments = (script) => [...words, "ssh" in reach ? `sh -c ${quoted(script)}` : script];
    this.#cwd = cwd;
    this.#environment = environment;
  }

  /**
   * Runs a command, which gets some standard input.
   *
   * @returns its standard output
   * @throws HostFailure
   */
  async run(script: string, input: Uint8Array = Buffer.alloc(0), timeoutSeconds = TIMEOUT_SECONDS): Promise<Buffer> {
    // In a process group of its own, so that a signal from the terminal does not end a command halfway.
    const child = spawn(this.#program, this.#arguments(script), {
      cwd: this.#cwd,
      env: this.#environment,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined); // a command that reads no input closes it
    child.stdin.end(input);
    const timer = setTimeout(() => {
      endGroup(child);
      stderr.push(Buffer.from(`no answer within ${String(timeoutSeconds)} s`));
    }, timeoutSeconds * 1000);
    try {
      const [exitCode] = (await once(child, "close")) as [number | null];
      if (exitCode !== 0) {
        throw new HostFailure(exitCode, lastLines(Buffer.concat(stderr).toString("utf8")));
      }
      return Buffer.concat(stdout);
    } catch (cause) {
      throw cause instanceof HostFailure ? cause : new HostFailure(null, messageOf(cause));
    } finally {
      clearTimeout(timer);
    }
  }
}

function wordsOf(reach: HostReach): readonly string[] {
  if ("ssh" in reach) {
    return ["ssh", ...SSH_OPTIONS, ...reach.options, "--", reach.ssh];
  }
  return "command" in reach ? reach.command : ["sh", "-c"];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-5).join("\n");
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // it has just ended
  }
}
