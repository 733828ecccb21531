import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { LeashedServer } from "../fixtures/leashedServer";
import type { Place } from "../fixtures/place";
import { findTool } from "../tools";

/** `step` waits without an end for a server that accepts its connection and says nothing. */
const STEP_MILLISECONDS = 60_000;

/** The real step-ca on an exported folder, and the real `step` as its client. */
export class StepCa {
  readonly #server: LeashedServer;
  readonly #directory: string;
  readonly #url: string;
  readonly #home: string;

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
    this.#server = new LeashedServer("step-ca", program, args, {
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: home, STEPPATH: home, ...environment },
    });
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
    await ca.#server.ready(async () => {
      await ca.step(["ca", "health"]);
      return true;
    });
    return ca;
  }

  /** Runs `step` against this CA. */
  async step(args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      findTool("step") ?? "step",
      [...args, "--ca-url", this.#url, "--root", join(this.#directory, "root_ca.crt")],
      {
        timeout: STEP_MILLISECONDS,
        cwd: this.#home,
        env: { PATH: process.env["PATH"], HOME: this.#home, STEPPATH: this.#home },
      },
    );
    return stdout;
  }

  /** Makes it reload its ca.json. */
  reload(): void {
    this.#server.signal("SIGHUP");
  }

  /** The process, which reloads ca.json on SIGHUP. */
  get pid(): number {
    return this.#server.pid;
  }

  /** Its log so far. */
  get log(): string {
    return this.#server.log;
  }

  /** Ends it, by default as a service manager does. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#server.stop(signal);
  }
}
