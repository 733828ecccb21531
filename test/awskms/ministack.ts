import { freePort } from "../fixtures/freePort";
import { LeashedServer } from "../fixtures/leashedServer";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool } from "../tools";

/** The choices of an emulator. */
export interface MinistackChoice {
  /** The folder with the keys that another instance saved, and for its own keys when told to save them. */
  readonly stateDirectory?: string;
  /** The address where it answers whoever reaches that. Default the loopback interface's first. */
  readonly host?: string;
}

/** The AWS KMS emulator, with real keys and signatures, by default on a port of the loopback interface. */
export class Ministack {
  /** `http://<host>:<port>`. */
  readonly endpoint: string;
  readonly #server: LeashedServer;

  private constructor(port: number, { stateDirectory, host = "127.0.0.1" }: MinistackChoice) {
    this.endpoint = `http://${host}:${String(port)}`;
    const directory = temporaryDirectory();
    this.#server = new LeashedServer("ministack", findTool("ministack") ?? "ministack", [], {
      cwd: directory,
      env: {
        PATH: process.env["PATH"],
        HOME: directory,
        TMPDIR: directory,
        STATE_DIR: stateDirectory ?? directory,
        PERSIST_STATE: stateDirectory === undefined ? "0" : "1",
        PYTHONDONTWRITEBYTECODE: "1",
        BIND_HOST: host,
        GATEWAY_PORT: String(port),
        LOG_LEVEL: "WARNING",
        SERVICES: "kms",
        // These two listen on their own ports, and the first takes half of the start time.
        IOT_MTLS_ENABLED: "0",
        SFTP_ENABLED: "0",
      },
    });
  }

  /** Starts it and waits until it answers. */
  static async start(choice: MinistackChoice = {}): Promise<Ministack> {
    const ministack = new Ministack(await freePort(), choice);
    await ministack.#server.ready(async () => (await fetch(`${ministack.endpoint}/_ministack/health`)).ok);
    return ministack;
  }

  /** Its log so far: warnings and errors. */
  get log(): string {
    return this.#server.log;
  }

  async stop(): Promise<void> {
    await this.#server.stop("SIGKILL");
  }

  /** Stops it gracefully: it saves its keys, including private keys, in its `stateDirectory`. */
  async save(): Promise<void> {
    await this.#server.stop();
  }
}
