import { setTimeout as sleep } from "node:timers/promises";

/** A client that asks again and again until it is stopped. It retries what fails, once and at once, with a new connection. */
export class RetryingClient {
  /** Requests that failed twice in a row, with the time. */
  readonly failures: string[] = [];
  asked = 0;
  /** The first failure of each request that was retried, with the time. */
  readonly retried: string[] = [];
  readonly #name: string;
  readonly #pause: number;
  readonly #ask: () => Promise<void>;
  readonly #running: Promise<void>;
  #isStopped = false;

  /**
   * @param pause between two requests, in milliseconds
   * @param ask makes a request, with a new connection
   */
  constructor(name: string, pause: number, ask: () => Promise<void>) {
    this.#name = name;
    this.#pause = pause;
    this.#ask = ask;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.asked += 1;
      try {
        await this.#ask();
      } catch (first) {
        this.retried.push(this.#said(first));
        try {
          await this.#ask();
        } catch (second) {
          this.failures.push(this.#said(second));
        }
      }
      await sleep(this.#pause);
    }
  }

  #said(error: unknown): string {
    return `${new Date().toISOString()} ${this.#name}: ${String(error)}`;
  }
}
