import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { basename, join } from "node:path";
import { createServer, type Server } from "node:tls";
import { readIssuer } from "../../../provider/x509/issuer";
import type { Authority } from "../authority";
import { StepCaHost } from "./stepCaHost";

const POLL_MILLISECONDS = 20;

/**
 * A stand-in for step-ca in the test's process, which serves the chain of its ca.json at a port that ca.json does not name, so that one
 * ca.json runs on several hosts of one machine. It makes a new certificate of its own each time it is signalled, as step-ca does.
 */
export class SimulatedStepCa extends StepCaHost {
  readonly #authority: Authority;
  readonly #signal: string;
  readonly #name: string;
  #server: Server | undefined;
  #poll: NodeJS.Timeout | undefined;
  #count = 0;
  #isReloading = false;

  constructor(name: string, directory: string, port: number, scratch: string, authority: Authority) {
    super(directory, port, scratch);
    this.#authority = authority;
    this.#name = name;
    this.#signal = join(scratch, "signal");
  }

  /** The command that signals it, and waits until it has read ca.json. It does nothing while it is not running. */
  override get sighup(): string {
    return this.#server === undefined
      ? "true"
      : `: >${this.#signal}; while [ -e ${this.#signal} ]; do sleep 0.02; done`;
  }

  override get signals(): number {
    return this.#count;
  }

  override async start(): Promise<void> {
    const server = createServer(await this.#load());
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    this.#poll = setInterval(() => {
      if (!this.#isReloading && existsSync(this.#signal)) {
        this.#isReloading = true;
        void this.#signalled();
      }
    }, POLL_MILLISECONDS);
  }

  override stop(): Promise<void> {
    clearInterval(this.#poll);
    this.#server?.close();
    this.#server = undefined;
    return Promise.resolve();
  }

  /** Reads ca.json, without a signal. */
  async reload(): Promise<void> {
    this.#server?.setSecureContext(await this.#load());
  }

  async #signalled(): Promise<void> {
    try {
      await this.reload();
      this.#count += 1;
    } finally {
      this.#isReloading = false;
      rmSync(this.#signal); // the command that signals waits for it
    }
  }

  async #load(): Promise<{ key: string; cert: string }> {
    const { key, crt } = JSON.parse(this.readCa("ca.json")) as { key: string; crt: string };
    const chain = readFileSync(crt, "utf8");
    const own = `${this.#name}-${randomUUID()}`;
    await this.#authority.createKey(own);
    const certificate = await this.#authority.certificate({
      ...{ profile: "leaf", commonName: this.#name, validity: "24h", key: own },
      ...{ signedBy: basename(key, ".pem"), issuer: readIssuer(chain) },
      notBefore: new Date(Date.now() - 60_000),
    });
    return { key: readFileSync(this.#authority.path("keys", `${own}.pem`), "utf8"), cert: certificate + chain };
  }
}
