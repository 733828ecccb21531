import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { PkiError } from "../errors";
import type { CardConnection, CardReaders, WhenBusy } from "./cardConnection";
import type { PcscCommand, PcscLimits, PcscReply } from "./pcscMessages";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PkiError) => void;
}

/**
 * PC/SC in a process of its own. The package is native code that blocks its whole process while a card is working, and
 * that crashes or hangs when it is closed at the wrong moment. The separate process keeps this away from the process
 * that signs, which can end at any time. After a failure the process is replaced.
 */
export class PcscProcess implements CardReaders {
  readonly #limits: PcscLimits;
  readonly #start: () => ChildProcess;
  #worker: Worker | undefined;

  /** @param start starts the process; injected by tests */
  constructor(limits: PcscLimits = {}, start: () => ChildProcess = startProcess) {
    this.#limits = limits;
    this.#start = start;
  }

  /**
   * Starts the process, unless it is running.
   *
   * @throws PkiError `BACKEND_NOT_INSTALLED`, `PCSC_UNAVAILABLE`, `PERMISSION_DENIED`
   */
  async open(): Promise<void> {
    await this.#opened();
  }

  async list(): Promise<string[]> {
    return (await this.#ask(await this.#opened(), { call: "list" })) as string[];
  }

  async connect(reader: string, whenBusy: WhenBusy = "wait"): Promise<CardConnection> {
    const worker = await this.#opened();
    const connection = (await this.#ask(worker, { call: "connect", reader, whenBusy })) as number;
    return {
      transmit: async (apdu) => (await this.#ask(worker, { call: "transmit", connection, apdu })) as Uint8Array,
      disconnect: async () => {
        // A process that has ended no longer has a connection.
        await worker.ask({ call: "disconnect", connection }).catch(() => undefined);
      },
    };
  }

  close(): void {
    this.#worker?.end();
    this.#worker = undefined;
  }

  async #opened(): Promise<Worker> {
    if (this.#worker?.hasEnded !== false) {
      this.#worker = new Worker(this.#start());
    }
    const worker = this.#worker;
    try {
      await worker.ask({ call: "open", limits: this.#limits });
    } catch (error) {
      worker.end();
      throw error;
    }
    return worker;
  }

  /** After the service has stopped, only a new process finds it again. */
  async #ask(worker: Worker, command: PcscCommand): Promise<unknown> {
    try {
      return await worker.ask(command);
    } catch (error) {
      if (error instanceof PkiError && error.code === "PCSC_UNAVAILABLE") {
        worker.end();
      }
      throw error;
    }
  }
}

/** The running process and its open requests. */
class Worker {
  hasEnded = false;
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  /** A signal, because the process may no longer read its messages. */
  readonly #kill = (): void => {
    this.#process.kill("SIGKILL");
  };

  constructor(child: ChildProcess) {
    this.#process = child;
    child.on("message", ({ id, value, error }: PcscReply) => {
      const pending = this.#take(id);
      if (error === undefined) {
        pending?.resolve(value);
      } else {
        pending?.reject(new PkiError(error.code, error.reason, error.remedy));
      }
    });
    child.on("error", () => {
      this.#end("it could not be started");
    });
    process.on("exit", this.#kill);
    child.on("exit", (code, signal) => {
      process.off("exit", this.#kill);
      this.#end(signal === null ? `it exited with code ${String(code)}` : `it was killed by ${signal}`);
    });
    this.#holdProcess();
  }

  ask(command: PcscCommand): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#count += 1;
      this.#pending.set(this.#count, { resolve, reject });
      if (this.hasEnded) {
        this.#end("it has ended");
        return;
      }
      this.#holdProcess();
      this.#process.send({ id: this.#count, ...command });
    });
  }

  end(): void {
    this.#end("it was closed");
    this.#kill();
  }

  #end(how: string): void {
    this.hasEnded = true;
    for (const id of [...this.#pending.keys()]) {
      this.#take(id)?.reject(
        new PkiError("PCSC_UNAVAILABLE", `the process that talks to PC/SC did not answer: ${how}`, "Run again"),
      );
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#holdProcess();
    return pending;
  }

  /** Keeps this process alive only while it waits for an answer. */
  #holdProcess(): void {
    const hold = this.#pending.size > 0 ? "ref" : "unref";
    this.#process[hold]();
    this.#process.channel?.[hold]();
  }
}

function startProcess(): ChildProcess {
  return fork(join(__dirname, "pcscMain.js"), [], {
    // No options of this process, such as an inspector's port or a test runner's reporter.
    execArgv: [],
    // Keeps the octets of an APDU as they are.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
