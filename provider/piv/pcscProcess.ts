import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { PkiError } from "../errors";
import { startWorker, WorkerProcess } from "../kms/workerProcess";
import type { CardConnection, CardReaders, WhenBusy } from "./cardConnection";
import type { PcscCommand, PcscLimits } from "./pcscMessages";

/**
 * PC/SC in a process of its own. The package is native code that blocks its whole process while a card is working, and
 * that crashes or hangs when it is closed at the wrong moment. The separate process keeps this away from the process
 * that signs, which can end at any time. After a failure the process is replaced.
 */
export class PcscProcess implements CardReaders {
  readonly #limits: PcscLimits;
  readonly #start: () => ChildProcess;
  #worker: WorkerProcess<PcscCommand> | undefined;

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

  async #opened(): Promise<WorkerProcess<PcscCommand>> {
    if (this.#worker?.hasEnded !== false) {
      this.#worker = new WorkerProcess(this.#start(), unanswered);
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
  async #ask(worker: WorkerProcess<PcscCommand>, command: PcscCommand): Promise<unknown> {
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

function unanswered(how: string): PkiError {
  return new PkiError("PCSC_UNAVAILABLE", `the process that talks to PC/SC did not answer: ${how}`, "Run again");
}

function startProcess(): ChildProcess {
  return startWorker(join(__dirname, "pcscMain.js"), "inherit");
}
