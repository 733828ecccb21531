import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { leashed } from "../fixtures/leash";
import { findTool } from "../tools";

/** A free port of the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}

/** Where a step-ca runs and answers. */
export interface Place {
  /** The address that its client asks. Default the loopback interface's first. */
  readonly host?: string;
  /** A command before that of step-ca, which becomes step-ca with the same process ID. */
  readonly within?: readonly string[];
}

/** The real step-ca on an exported folder, and the real `step` as its client. */
export class StepCa {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #url: string;
  readonly #home: string;
  #log = "";

  private constructor(
    directory: string,
    passwordFile: string,
    port: number,
    home: string,
    environment: Readonly<Record<string, string>>,
    { host = "127.0.0.1", within = [] }: Place,
  ) {
    this.#directory = directory;
    this.#home = home;
    this.#url = `https://${host}:${String(port)}`;
    mkdirSync(home, { recursive: true });
    const stepCa = [findTool("step-ca") ?? "step-ca", "ca.json", "--password-file", passwordFile];
    const [program = "", ...args] = [...within, ...stepCa];
    this.#process = spawn(...leashed(program, args), {
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: home, STEPPATH: home, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
    }
  }

  /** Starts it and waits until it is healthy. */
  static async start(
    directory: string,
    passwordFile: string,
    port: number,
    home: string,
    environment: Readonly<Record<string, string>> = {},
    place: Place = {},
  ): Promise<StepCa> {
    const ca = new StepCa(directory, passwordFile, port, home, environment, place);
    for (;;) {
      if (ca.#process.exitCode !== null) {
        throw new Error(`step-ca ended with ${String(ca.#process.exitCode)}:\n${ca.#log}`);
      }
      try {
        await ca.step(["ca", "health"]);
        return ca;
      } catch {
        await sleep(100);
      }
    }
  }

  /** Runs `step` against this CA. */
  async step(args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      findTool("step") ?? "step",
      [...args, "--ca-url", this.#url, "--root", join(this.#directory, "root_ca.crt")],
      { cwd: this.#home, env: { PATH: process.env["PATH"], HOME: this.#home, STEPPATH: this.#home } },
    );
    return stdout;
  }

  /** Makes it reload its ca.json. */
  reload(): void {
    this.#process.kill("SIGHUP");
  }

  /** The process, which reloads ca.json on SIGHUP. */
  get pid(): number {
    if (this.#process.pid === undefined) {
      throw new Error("step-ca did not start");
    }
    return this.#process.pid;
  }

  /** Its log so far. */
  get log(): string {
    return this.#log;
  }

  /** Ends it, by default as a service manager does. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
      await once(this.#process, "close");
    }
  }
}
