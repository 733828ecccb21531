import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The end of a run because of a signal. */
export class Interrupted extends Error {
  /** @param exitCode 128 and the number of the signal, as shells count */
  constructor(readonly exitCode: number) {
    super("interrupted by a signal");
  }
}

/**
 * Remembers a signal to this process until a step has ended, so that what the step did can be put back. A second signal changes
 * nothing. Only SIGKILL ends the process at once, and the next run finds what it left.
 */
export class Interruption {
  #exitCode: number | undefined;
  readonly #listener = (signal: NodeJS.Signals): void => {
    this.#exitCode ??= 128 + constants.signals[signal];
  };

  /** Starts to catch signals. */
  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, this.#listener);
    }
  }

  /** @throws Interrupted if a signal came */
  check(): void {
    if (this.#exitCode !== undefined) {
      throw new Interrupted(this.#exitCode);
    }
  }

  /** Stops catching signals. */
  end(): void {
    for (const signal of SIGNALS) {
      process.off(signal, this.#listener);
    }
  }
}
