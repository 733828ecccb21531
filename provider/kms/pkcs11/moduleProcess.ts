import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { PkiError } from "../../errors";
import { startWorker, WorkerProcess } from "../workerProcess";
import type { CommandOfModule, ModuleCommand } from "./moduleMessages";

/** How long a call may take, in milliseconds. */
export interface ModuleLimits {
  /** For making a key: some devices take minutes for a long RSA key. Default 900,000. */
  readonly generation?: number;
  /** For anything else. Default 60,000. */
  readonly call?: number;
}

/**
 * A PKCS#11 module in its own process. It is a vendor's native code that may block its whole process, crash, hang or fork.
 * The signing process is protected from that. Requests run one at a time, because not every module allows more. A process that
 * crashed, or did not answer in time, is replaced by the next call.
 */
export class ModuleProcess {
  readonly #modulePath: string;
  readonly #limits: ModuleLimits;
  readonly #start: () => ChildProcess;
  #worker: WorkerProcess<CommandOfModule> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param modulePath of the library
   * @param start starts the process; for tests
   */
  constructor(modulePath: string, limits: ModuleLimits = {}, start: () => ChildProcess = startProcess) {
    this.#modulePath = modulePath;
    this.#limits = limits;
    this.#start = start;
  }

  /** Waits for a turn, in which no other request is made. */
  turn<T>(use: (ask: (command: ModuleCommand) => Promise<unknown>) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => use((command) => this.#ask(command)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The running process. Compare it to detect whether the login still holds. */
  get running(): object | undefined {
    return this.#worker?.hasEnded === false ? this.#worker : undefined;
  }

  /** Ends the process, once all turns have ended. */
  async close(): Promise<void> {
    await this.#last;
    this.#worker?.end();
    this.#worker = undefined;
  }

  async #ask(command: ModuleCommand): Promise<unknown> {
    if (this.#worker?.hasEnded !== false) {
      this.#worker = new WorkerProcess(this.#start(), (how) => this.#unanswered(how));
    }
    const worker = this.#worker;
    const { generation = 900_000, call = 60_000 } = this.#limits;
    const limit = command.call === "generate" ? generation : call;
    const timer = setTimeout(() => {
      worker.end(this.#tooLate(limit));
    }, limit);
    try {
      return await worker.ask({ modulePath: this.#modulePath, ...command });
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate(limit: number): PkiError {
    return new PkiError(
      "KMS_UNREACHABLE",
      `the PKCS#11 module "${this.#modulePath}" did not answer within ${String(limit / 1000)} seconds`,
      "Check the device and the network to it, and run again. The run continues where it stopped",
    );
  }

  #unanswered(how: string): PkiError {
    return new PkiError(
      "KMS_FAILED",
      `the PKCS#11 module "${this.#modulePath}" did not answer: ${how}`,
      "Run again. The run continues where it stopped. If the error persists, check the version and the log of the vendor's library",
    );
  }
}

/** Ignores what a module prints. */
function startProcess(): ChildProcess {
  return startWorker(join(__dirname, "moduleMain.js"), "ignore");
}
