import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { PkiError } from "../../errors";
import type { ModuleCommand, ModuleReply } from "./moduleMessages";

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

/** Kills the running process with this one, because it may no longer listen. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  running.forEach((child) => child.kill("SIGKILL"));
});

/** The running process, and its pending requests. */
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

  /** The other process keeps this one alive only while this one waits for an answer. */
  #holdProcess(): void {
    const hold = this.#pending === undefined ? "unref" : "ref";
    this.#process[hold]();
    this.#process.channel?.[hold]();
  }
}

function startProcess(): ChildProcess {
  return fork(join(__dirname, "moduleMain.js"), [], {
    // Do not pass on this process's flags, such as an inspector's port or a test runner's reporter.
    execArgv: [],
    // Keys and signatures are binary.
    serialization: "advanced",
    // Ignore what a module prints.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
