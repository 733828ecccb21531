import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { PkiError } from "../../errors";
import type { ModuleCommand, ModuleReply } from "./moduleMessages";

/** How long a call may take, in milliseconds. */
export interface ModuleLimits {
  /** To make a key: some devices take minutes for a long RSA key. Default 900,000. */
  readonly generation?: number;
  /** For anything else. Default 60,000. */
  readonly call?: number;
}

/**
 * A PKCS#11 module in a process of its own. It is native code of a vendor that may stop all of its process, crash, hang or fork:
 * that is kept from the process that signs. It is asked one thing at a time, because not every module bears more. A process that
 * crashed, or did not answer in time, is replaced by the next call.
 */
export class ModuleProcess {
  readonly #modulePath: string;
  readonly #limits: ModuleLimits;
  readonly #start: () => ChildProcess;
  #worker: Worker | undefined;
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

  /** Waits for a turn, in which nobody else asks. */
  turn<T>(use: (ask: (command: ModuleCommand) => Promise<unknown>) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => use((command) => this.#ask(command)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The running process, by which one knows whether it is still the one that was logged in to. */
  get running(): object | undefined {
    return this.#worker?.hasEnded === false ? this.#worker : undefined;
  }

  /** Ends the process, once all turns have ended. */
  async close(): Promise<void> {
    await this.#last;
    this.#worker?.kill();
    this.#worker = undefined;
  }

  #ask(command: ModuleCommand): Promise<unknown> {
    if (this.#worker?.hasEnded !== false) {
      this.#worker = new Worker(this.#start(), this.#modulePath);
    }
    const { generation = 900_000, call = 60_000 } = this.#limits;
    return this.#worker.ask(command, command.call === "generate" ? generation : call);
  }
}

/** A caller that waits for an answer. */
interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PkiError) => void;
}

/** What runs ends with this process: it may be past listening. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  running.forEach((child) => child.kill("SIGKILL"));
});

/** The running process, and what it was asked. */
class Worker {
  hasEnded = false;
  readonly #process: ChildProcess;
  readonly #modulePath: string;
  #pending: Waiting | undefined;
  #count = 0;

  constructor(child: ChildProcess, modulePath: string) {
    this.#process = child;
    this.#modulePath = modulePath;
    child.on("message", ({ number, value, error }: ModuleReply) => {
      if (number !== this.#count) {
        return; // too late
      }
      const pending = this.#take();
      if (error === undefined) {
        pending?.resolve(value);
      } else {
        pending?.reject(new PkiError(error.code, error.reason, error.remedy));
      }
    });
    child.on("error", () => {
      this.#end("its process could not be started");
    });
    running.add(child);
    child.on("exit", (code, signal) => {
      running.delete(child);
      this.#end(signal === null ? `its process ended with ${String(code)}` : `it crashed (${signal})`);
    });
    this.#holdProcess();
  }

  async ask(command: ModuleCommand, limit: number): Promise<unknown> {
    this.#count += 1;
    const number = this.#count;
    const answer = new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    this.#holdProcess();
    const timer = setTimeout(() => {
      this.#tooLate(limit);
    }, limit);
    this.#process.send({ number, modulePath: this.#modulePath, ...command }, (error) => {
      if (error !== null) {
        this.#end("its process has ended");
      }
    });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #tooLate(limit: number): void {
    this.hasEnded = true;
    this.#take()?.reject(
      new PkiError(
        "KMS_UNREACHABLE",
        `the PKCS#11 module "${this.#modulePath}" did not answer within ${String(limit / 1000)} seconds`,
        "Check the device and the network to it, and run again. The run continues where it stopped",
      ),
    );
    this.kill();
  }

  #end(how: string): void {
    this.hasEnded = true;
    this.#take()?.reject(
      new PkiError(
        "KMS_FAILED",
        `the PKCS#11 module "${this.#modulePath}" did not answer: ${how}`,
        "Run again. The run continues where it stopped. If the error persists, check the version and the log of the vendor's library",
      ),
    );
  }

  #take(): Waiting | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#holdProcess();
    return pending;
  }

  /** This process waits for an answer, and for nothing else of the other one. */
  #holdProcess(): void {
    const hold = this.#pending === undefined ? "unref" : "ref";
    this.#process[hold]();
    this.#process.channel?.[hold]();
  }
}

function startProcess(): ChildProcess {
  return fork(join(__dirname, "moduleMain.js"), [], {
    // None of this process's: an inspector's port, a test runner's reporter.
    execArgv: [],
    // Keys and signatures are octets.
    serialization: "advanced",
    // What a module prints is nobody's to read here.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
