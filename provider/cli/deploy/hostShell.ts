import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { messageOf } from "../../errors";
import type { HostReach } from "./deploySettings";

/** How long one command on a host may take. */
const TIMEOUT_SECONDS = 120;

/** How long a command that took too long has to end by itself. */
const GRACE_SECONDS = 2;

/** More than any file beside ca.json has. A host that answers more is not believed. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** How much of its standard error a message quotes: the last lines, each shortened. */
const [QUOTED_LINES, QUOTED_CHARACTERS] = [5, 500];

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
   * Runs a command, which gets some standard input. It ends in time, whatever the host does: a command that takes too long or answers
   * too much is killed, and so is one that leaves a process behind with its output.
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
    const [answer, said] = [new Received(), new Received()];
    let refusal: string | undefined;
    let kill: NodeJS.Timeout | undefined;
    const refuse = (why: string): void => {
      refusal ??= why;
      endGroup(child, "SIGTERM");
      kill ??= setTimeout(() => {
        endGroup(child, "SIGKILL");
        child.stdout.destroy(); // another process may have it, and never end
        child.stderr.destroy();
      }, GRACE_SECONDS * 1000);
    };
    for (const [stream, received] of [
      [child.stdout, answer],
      [child.stderr, said],
    ] as const) {
      stream.on("data", (chunk: Buffer) => {
        if (!received.add(chunk)) {
          refuse(`it answered more than ${String(MAX_ANSWER_BYTES)} bytes`);
        }
      });
    }
    child.stdin.on("error", () => undefined); // a command that reads no input closes it
    child.stdin.end(input);
    const timer = setTimeout(() => {
      refuse(`no answer within ${String(timeoutSeconds)} s`);
    }, timeoutSeconds * 1000);
    try {
      const [exitCode] = (await once(child, "close")) as [number | null];
      if (exitCode !== 0 || refusal !== undefined) {
        throw new HostFailure(refusal === undefined ? exitCode : null, lastLines(said.text, refusal));
      }
      return answer.content;
    } catch (cause) {
      throw cause instanceof HostFailure ? cause : new HostFailure(null, messageOf(cause));
    } finally {
      clearTimeout(timer);
      clearTimeout(kill);
    }
  }
}

/** What a stream brings, up to a limit. */
class Received {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  get content(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.content.toString("utf8");
  }

  /** Returns whether it is within the limit; what is beyond is dropped. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > MAX_ANSWER_BYTES) {
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }
}

function wordsOf(reach: HostReach): readonly string[] {
  if ("ssh" in reach) {
    return ["ssh", ...SSH_OPTIONS, ...reach.options, "--", reach.ssh];
  }
  return "command" in reach ? reach.command : ["sh", "-c"];
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The last lines, without what a terminal would obey. */
function lastLines(text: string, refusal: string | undefined): string {
  const lines = text
    .replaceAll(/[^\P{Cc}\n\t]/gu, "")
    .trim()
    .split("\n")
    .slice(-QUOTED_LINES);
  const shortened = lines.map((line) =>
    line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}...` : line,
  );
  return [...shortened, refusal ?? ""].filter((line) => line !== "").join("\n");
}

function endGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // it has just ended
  }
}
