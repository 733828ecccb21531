import { setTimeout as sleep } from "node:timers/promises";
import type { CaFolder } from "./caFolder";
import type { HostSettings } from "./deploySettings";
import type { HandoverContext } from "./handoverContext";
import type { HostShell } from "./hostShell";
import { type Chain, describeIssuer, isSameChain, issuersOf, servedChain } from "./servedChain";

const POLL_MILLISECONDS = 500;

/** What a wait ended with. */
export interface Awaited {
  /** The chain that is served in the end; empty if nothing answers. */
  readonly serving: Chain;
  /** What is wrong, after a time-out. */
  readonly why: string | undefined;
}

/** The running step-ca of a host. */
export class StepCaService {
  readonly #host: HostSettings;
  readonly #folder: CaFolder;
  readonly #prober: HostShell;
  readonly #context: HandoverContext;

  /** @param prober the shell of the machine that asks for the served chain */
  constructor(host: HostSettings, folder: CaFolder, prober: HostShell, context: HandoverContext) {
    this.#host = host;
    this.#folder = folder;
    this.#prober = prober;
    this.#context = context;
  }

  /** The chain that it serves; empty if nothing answers. */
  served(): Promise<Chain> {
    return servedChain(this.#prober, this.#host);
  }

  /** Signals it to read ca.json. Throws `HostFailure`. */
  async reload(): Promise<void> {
    const { name: host, reload } = this.#host;
    this.#context.report({ event: "signalling", host, message: `signalling step-ca: ${reload}` });
    await this.#folder.reload(reload);
  }

  /**
   * Waits until it serves a chain of these issuers, below a certificate other than its previous one. step-ca makes a new certificate
   * when it loads a ca.json, so that shows whether it did, whatever changed.
   *
   * @param isInterruptible whether a signal ends the wait
   */
  async await(issuers: Chain, previous: string | undefined, isInterruptible: boolean): Promise<Awaited> {
    const { name: host, waitSeconds } = this.#host;
    const end = performance.now() + waitSeconds * 1000;
    for (;;) {
      const serving = await this.served();
      const why = this.#whyNot(serving, issuers, previous);
      if (why === undefined) {
        return { serving, why };
      }
      if (isInterruptible) {
        this.#context.interruption.check();
      }
      if (performance.now() >= end) {
        const message = `given up after ${String(waitSeconds)} s: ${why}`;
        this.#context.report({ event: "waiting", host, message });
        return { serving, why };
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  #whyNot(serving: Chain, issuers: Chain, previous: string | undefined): string | undefined {
    if (serving.length === 0) {
      return `nothing answers at ${this.#host.url}`;
    }
    if (!isSameChain(issuersOf(serving), issuers)) {
      return `another chain is served: ${describeIssuer(issuersOf(serving))}`;
    }
    return serving[0] === previous
      ? "step-ca has not taken ca.json over: the signal does not arrive, or step-ca refuses the file (see its log)"
      : undefined;
  }
}
