import { CaFolder } from "./caFolder";
import type { DeployEvent } from "./deployReport";
import type { HostSettings } from "./deploySettings";
import type { HandoverContext } from "./handoverContext";
import { hostError, saidBy } from "./hostError";
import { HostInspection } from "./hostInspection";
import { HostFailure, type HostShell } from "./hostShell";
import type { Release } from "./release";
import { putBack } from "./restoration";
import { rootWarnings } from "./rootWarnings";
import { type Chain, describeIssuer } from "./servedChain";
import { StepCaService } from "./stepCaService";
import type { SentFile } from "./tarArchive";

/**
 * The handover to one host of step-ca: finds what is there, sends files, switches ca.json, looks at the served chain, and switches back.
 * It can be cut off anywhere and done again.
 */
export class Handover {
  readonly host: HostSettings;
  readonly release: Release;
  readonly folder: CaFolder;
  /** What was on the host when the handover looked. */
  readonly found: HostInspection;
  readonly #shell: HostShell;
  readonly #context: HandoverContext;
  readonly #service: StepCaService;
  /**
   * What to repair after a failure. `untouched`: nothing was changed on the host. `begun`: this run has the lock there, and step-ca reads
   * the old files, or correct new ones. `switched`: ca.json is or may be the new one, and it is not known to be served.
   */
  #stage: "untouched" | "begun" | "switched" = "untouched";
  #hasSwitched = false;

  /** @param shell the shell of the host */
  constructor(host: HostSettings, release: Release, shell: HostShell, context: HandoverContext) {
    this.host = host;
    this.release = release;
    this.folder = new CaFolder(host, shell);
    this.found = new HostInspection(host, release, this.folder, context);
    this.#shell = shell;
    this.#context = context;
    this.#service = new StepCaService(host, this.folder, host.probe === "here" ? context.here : shell, context);
  }

  /** The handover of an interim release to the same host. */
  ofInterim(release: Release): Handover {
    return new Handover(this.host, release, this.#shell, this.#context);
  }

  /** See {@link HostInspection.look}. */
  look(): Promise<void> {
    return this.found.look(this.#service);
  }

  /**
   * Hands over the files, unless step-ca serves them. Call {@link Handover.settle} afterwards, also after an error.
   *
   * @throws PkiError `HANDOVER_FAILED`, `CHAIN_NOT_SERVED`, and `Interrupted`
   */
  async handOver(): Promise<void> {
    const { release, host } = this;
    if (this.found.isServed) {
      this.#tell({ event: "unchanged", message: `step-ca at ${host.url} serves what the stack says` });
    } else {
      const { hasAll } = this.found;
      await this.#begin();
      if (hasAll) {
        const message = "the files are on the host, but it is not known that step-ca serves them";
        this.#tell({ event: "resuming", message });
      } else {
        await this.#tellChanges();
        await this.#send(
          release.files,
          `the files did not reach ${host.directory}`,
          "What step-ca reads was not changed",
        );
      }
      const serving = await this.#switchAndServe(hasAll);
      this.#stage = "begun";
      const message = `step-ca at ${host.url} serves the new chain: ${describeIssuer(release.issuers)}`;
      this.#tell({ event: "served", message });
      for (const warning of await rootWarnings(serving, release.rootsPem, this.#context.here)) {
        this.#tell({ event: "warning", message: warning });
      }
    }
    await this.#sendCopies();
  }

  /**
   * Leaves the host in a consistent state, after success and failure: releases the lock, and puts the previous ca.json back if the new
   * one is not known to be served.
   *
   * @returns 0 if nothing had to be put back, 2 if the previous ca.json is back and served, 3 if the host needs a person
   */
  async settle(): Promise<0 | 2 | 3> {
    switch (this.#stage) {
      case "untouched":
        return 0;
      case "begun":
        await this.#finish();
        return 0;
      case "switched": {
        const { host, folder } = this;
        const parts = {
          ...{ host, folder, service: this.#service, run: this.#context.run },
          tell: (event: DeployEvent): void => {
            this.#tell(event);
          },
          finish: (): Promise<void> => this.#finish(),
        };
        return putBack(parts, this.found.before);
      }
    }
  }

  /** Puts the ca.json from before a handover that succeeded back. {@link Handover.settle} must not have released the lock. */
  async revert(): Promise<0 | 2 | 3> {
    if (this.#hasSwitched) {
      this.#stage = "switched";
    }
    return this.settle();
  }

  async #begin(): Promise<void> {
    this.#context.interruption.check();
    try {
      await this.folder.begin(this.#context.run, this.found.deadRun);
    } catch (cause) {
      const remedy = "Fix the cause, then run this again. Nothing was changed there";
      throw hostError(
        this.host,
        "HANDOVER_FAILED",
        `the handover cannot begin in ${this.host.directory}`,
        remedy,
        cause,
      );
    }
    this.#stage = "begun";
  }

  async #tellChanges(): Promise<void> {
    try {
      const fields = await this.found.changedFields();
      this.#tell({ event: "changes", fields, message: `ca.json changes in: ${fields.join(", ") || "its layout"}` });
    } catch (cause) {
      if (!(cause instanceof HostFailure)) {
        throw cause;
      }
    }
  }

  /** Sends the files that the host lacks, and checks that they arrived. */
  async #send(files: readonly SentFile[], reason: string, consequence: string): Promise<string[]> {
    this.#context.interruption.check();
    const remedy = `Look at ${this.host.name}, then run this again. ${consequence}`;
    const sent = this.found.missing(files);
    try {
      await this.folder.receive(this.#context.run, sent);
      await this.found.refresh();
    } catch (cause) {
      throw hostError(this.host, "HANDOVER_FAILED", reason, remedy, cause);
    }
    const lost = this.found.missing(files).map(({ name }) => name);
    if (lost.length > 0) {
      throw hostError(this.host, "HANDOVER_FAILED", `${reason} as they were sent: ${lost.join(", ")}`, remedy);
    }
    return sent.map(({ name }) => name);
  }

  async #switchAndServe(hasAll: boolean): Promise<Chain> {
    const { folder, release, host } = this;
    const { run, interruption } = this.#context;
    const step = async (reason: string, act: () => Promise<void>): Promise<void> => {
      interruption.check();
      try {
        await act();
      } catch (cause) {
        throw cause instanceof HostFailure
          ? hostError(host, "HANDOVER_FAILED", reason, "Fix the cause, then run this again", cause)
          : cause;
      }
    };
    interruption.check();
    this.#stage = "switched"; // even if the answer to the next command is lost
    this.#hasSwitched = true;
    if (!hasAll) {
      await step(`it is not known whether ca.json was replaced in ${host.directory}`, () => folder.switch(run));
    }
    await step("the command that signals step-ca failed", () => this.#service.reload());
    const { serving, why } = await this.#service.await(release.issuers, this.found.before[0], true);
    if (why !== undefined) {
      const remedy = `Look at step-ca's log, at the reload command and at ${host.url}, then run this again`;
      throw hostError(host, "CHAIN_NOT_SERVED", `step-ca does not serve the new chain: ${why}`, remedy);
    }
    const fault = await this.found.fault(serving, false);
    if (fault !== undefined) {
      const reason = `what step-ca serves does not verify up to the roots in ca.json:\n${fault}`;
      throw hostError(host, "CHAIN_NOT_SERVED", reason, "Correct the program, then run this again");
    }
    await step(`the handover is not confirmed in ${host.directory}`, () => folder.accept(run));
    return serving;
  }

  /** Sends what people and other programs read beside ca.json, under its own name, but only once the chain is served. */
  async #sendCopies(): Promise<void> {
    const { copies } = this.release;
    if (this.found.missing(copies).length === 0) {
      return;
    }
    if (this.#stage === "untouched") {
      await this.#begin();
    }
    const reason = "step-ca serves what it should, but not all copies beside ca.json are written";
    const files = await this.#send(copies, reason, "What step-ca reads is right");
    this.#tell({ event: "copied", files, message: `written beside ca.json: ${files.join(" ")}` });
  }

  async #finish(): Promise<void> {
    this.#stage = "untouched";
    try {
      await this.folder.finish(this.#context.run);
    } catch (cause) {
      const message = `the next run finds what this one could not clear away${saidBy(cause)}`;
      this.#tell({ event: "warning", message });
    }
  }

  #tell(event: DeployEvent): void {
    this.#context.report({ ...event, host: this.host.name });
  }
}
