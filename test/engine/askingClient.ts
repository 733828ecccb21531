import { request, type RequestOptions } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** Between two requests of a client, which asks throughout a rotation of minutes. */
const PAUSE = 300;

/** How often a client retries when nothing listens, because step-ca reopens its port when it reloads. */
const TRIES_WHILE_REFUSED = 50;

/** How long an answer may take. A host that died sends nothing at all. */
const TIMEOUT = 20_000;

/** A client that calls step-ca continuously, each time with a new connection, and trusts what it receives. */
export class AskingClient {
  /** Requests that failed twice in a row, with the time. */
  readonly failures: string[] = [];
  asked = 0;
  /** The number of retries. */
  retried = 0;
  readonly #port: number;
  readonly #name: string;
  readonly #until: number;
  #roots: readonly string[];
  #running: Promise<void> | undefined;
  #isStopped = false;

  /** @param until when its trusted certificate ends, and the client with it, in milliseconds */
  constructor(name: string, port: number, roots: readonly string[], until = Infinity) {
    this.#name = name;
    this.#until = until;
    this.#port = port;
    this.#roots = roots;
    this.#running = this.#run();
  }

  /** It fetched its roots again. */
  trust(roots: readonly string[]): void {
    this.#roots = roots;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && Date.now() < this.#until) {
      this.asked += 1;
      try {
        await this.#ask();
      } catch {
        this.retried += 1;
        try {
          await this.#askAgain();
        } catch (error) {
          if (Date.now() < this.#until) {
            this.failures.push(`${new Date().toISOString()} ${this.#name}: ${String(error)}`);
          }
        }
      }
      await sleep(PAUSE);
    }
  }

  async #askAgain(): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await this.#ask();
        return;
      } catch (error) {
        if (!isRefused(error) || tries === TRIES_WHILE_REFUSED) {
          throw error;
        }
        await sleep(100);
      }
    }
  }

  async #ask(): Promise<void> {
    await askStepCa({ host: "127.0.0.1", port: this.#port, path: "/health", ca: [...this.#roots] });
  }
}

/**
 * Calls step-ca with a new connection.
 *
 * @returns the JSON of the answer
 */
export function askStepCa(settings: RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...settings, agent: false, timeout: TIMEOUT }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("error", reject);
      response.on("end", () => {
        if ((response.statusCode ?? 0) < 300) {
          resolve(JSON.parse(body));
        } else {
          reject(new Error(`step-ca answers ${String(response.statusCode)}: ${body}`));
        }
      });
    });
    asked.on("error", reject);
    asked.on("timeout", () => {
      asked.destroy(new Error("step-ca does not answer"));
    });
    asked.end();
  });
}

/** Whether nothing listened. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
