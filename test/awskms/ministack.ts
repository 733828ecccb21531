import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../engine/stepCa";
import { leashed } from "../fixtures/leash";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool } from "../tools";

/** The AWS KMS emulator, with real keys and signatures, on a port of the loopback interface. */
export class Ministack {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly #process: ChildProcess;
  #log = "";

  private constructor(port: number, stateDirectory?: string) {
    this.endpoint = `http://127.0.0.1:${String(port)}`;
    const directory = temporaryDirectory();
    this.#process = spawn(...leashed(findTool("ministack") ?? "ministack"), {
      cwd: directory,
      env: {
        PATH: process.env["PATH"],
        HOME: directory,
        TMPDIR: directory,
        STATE_DIR: stateDirectory ?? directory,
        PERSIST_STATE: stateDirectory === undefined ? "0" : "1",
        PYTHONDONTWRITEBYTECODE: "1",
        BIND_HOST: "127.0.0.1",
        GATEWAY_PORT: String(port),
        LOG_LEVEL: "WARNING",
        SERVICES: "kms",
        // These two listen on their own ports, and the first takes half of the start time.
        IOT_MTLS_ENABLED: "0",
        SFTP_ENABLED: "0",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
    }
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param stateDirectory the folder with the keys that another instance saved, and for its own keys when told to save them
   */
  static async start(stateDirectory?: string): Promise<Ministack> {
    const ministack = new Ministack(await freePort(), stateDirectory);
    for (;;) {
      if (ministack.#hasEnded) {
        throw new Error(`ministack ended with ${String(ministack.#process.exitCode)}:\n${ministack.#log}`);
      }
      try {
        const { ok } = await fetch(`${ministack.endpoint}/_ministack/health`);
        if (ok) {
          return ministack;
        }
      } catch {
        // not yet
      }
      await sleep(25);
    }
  }

  /** Its log so far: warnings and errors. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops it gracefully: it saves its keys, including private keys, in its `stateDirectory`. */
  async save(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#hasEnded) {
      this.#process.kill(signal);
      await once(this.#process, "exit");
    }
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
