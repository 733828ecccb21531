import { type ChildProcess, fork } from "node:child_process";
import { type ErrorCode, PkiError } from "../errors";

/** A command for a worker, with the number by which its reply is known. */
export type WorkerRequest<Command> = { readonly number: number } & Command;

/** The reply of a worker to the request of that number. */
export interface WorkerReply {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly reason: string; readonly remedy: string };
}

/** A caller that waits for a reply. */
interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PkiError) => void;
}

/** The running processes, which are killed with this one, because they may no longer listen. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  running.forEach((child) => child.kill("SIGKILL"));
});

/**
 * Native code in a process of its own, because it may block, crash or hang its whole process. This process is not kept from ending,
 * unless it waits for a reply. The other end is {@link serveParent}.
 */
export class WorkerProcess<Command extends { readonly call: string; readonly number?: never }> {
  readonly #process: ChildProcess;
  readonly #unanswered: (how: string) => PkiError;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #hasEnded = false;

  /**
   * @param child from {@link startWorker}
   * @param unanswered the error of a command that gets no reply; "it crashed (SIGSEGV)" says how the process ended
   */
  constructor(child: ChildProcess, unanswered: (how: string) => PkiError) {
    this.#process = child;
    this.#unanswered = unanswered;
    child.on("message", ({ number, value, error }: WorkerReply) => {
      const waiting = this.#take(number);
      if (error === undefined) {
        waiting?.resolve(value);
      } else {
        waiting?.reject(new PkiError(error.code, error.reason, error.remedy));
      }
    });
    child.on("error", () => {
      this.#fail("it could not be started");
    });
    running.add(child);
    child.on("exit", (code, signal) => {
      running.delete(child);
      this.#fail(signal === null ? `it ended with code ${String(code)}` : `it crashed (${signal})`);
    });
    this.#holdProcess();
  }

  /** Whether it takes no more commands. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Sends a command, and waits for the reply.
   *
   * @throws PkiError what the worker throws, or that it did not answer
   */
  ask(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#count += 1;
      this.#waiting.set(this.#count, { resolve, reject });
      if (this.#hasEnded) {
        this.#fail("it has ended");
        return;
      }
      this.#holdProcess();
      this.#process.send({ number: this.#count, ...command }, (error) => {
        if (error !== null) {
          this.#fail("it has ended");
        }
      });
    });
  }

  /** Kills it. What waits for a reply fails with the error. */
  end(error: PkiError = this.#unanswered("it was closed")): void {
    this.#failWith(error);
    this.#process.kill("SIGKILL");
  }

  #fail(how: string): void {
    this.#failWith(this.#unanswered(how));
  }

  #failWith(error: PkiError): void {
    this.#hasEnded = true;
    for (const number of [...this.#waiting.keys()]) {
      this.#take(number)?.reject(error);
    }
  }

  #take(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    this.#holdProcess();
    return waiting;
  }

  #holdProcess(): void {
    const hold = this.#waiting.size > 0 ? "ref" : "unref";
    this.#process[hold]();
    this.#process.channel?.[hold]();
  }
}

/**
 * Starts the process of a worker.
 *
 * @param program its file
 * @param stderr what happens with what the native code prints
 */
export function startWorker(program: string, stderr: "ignore" | "inherit"): ChildProcess {
  return fork(program, [], {
    // No options of this process, such as an inspector's port or a test runner's reporter.
    execArgv: [],
    // Keeps octets as they are.
    serialization: "advanced",
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
}

/** What answers the requests in a worker. */
interface WorkerService {
  answer(request: never): WorkerReply | Promise<WorkerReply>;
}

/**
 * Makes this process a worker: it answers the requests of its parent until that is gone.
 *
 * @param open makes what answers; `isOrphaned` tells whether the parent is gone
 */
export function serveParent(open: (isOrphaned: () => boolean) => WorkerService): void {
  const parent = process.ppid;
  // A request may arrive before the news that its sender is gone. The parent's process id tells at once.
  const service = open(() => process.ppid !== parent);
  process.on("message", (request) => {
    void Promise.resolve(service.answer(request as never)).then((reply) => {
      // The sender may be gone by now.
      process.send?.(reply, undefined, undefined, () => undefined);
    });
  });
  process.on("disconnect", () => {
    // A plain exit would wait for the native code, which may wait for a device or hang.
    process.kill(process.pid, "SIGKILL");
  });
  // It ends with its parent, which may still have something to finish.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => undefined);
  }
}
