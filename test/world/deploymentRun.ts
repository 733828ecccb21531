import type { Provider } from "./provider";
import type { Providers } from "./providers";
import { Ledger } from "./ledger";
import type { Properties } from "./propertyValue";
import type { PendingOperation, RecordedResource, RecordedState } from "./recordedState";
import type { Operation, Report } from "./report";

/** Decides where a run is cut off, as by a kill: returns true at that moment. */
export type CutOff = (operation: PendingOperation, moment: "before" | "after") => boolean;

/** The kind of a run. */
export interface DeploymentOptions {
  readonly stack: string;
  readonly project: string;
  readonly state: RecordedState;
  readonly providers: Providers;
  readonly report: Report;
  /** Existing resources are read instead of changed, and missing ones are not made. */
  readonly refreshes?: boolean;
  readonly cutOff?: CutOff;
}

/** The answer about a resource to the program. */
export interface Registration {
  readonly urn: string;
  readonly id?: string;
  readonly outputs: Properties;
}

/** Requests of a program after the run ended or was cut off are never answered. */
export const NEVER = new Promise<never>(() => undefined);

/** The shared state of all steps of a run: its records, its report, and whether it has ended. */
export class DeploymentRun {
  readonly options: DeploymentOptions;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly preview: boolean;
  wasCutOff = false;
  isStopped = false;
  #atWork = 0;
  readonly #calls = new Set<Promise<unknown>>();
  #stop: () => void = () => undefined;
  /** Settles when no further step is started, because a step failed or the run was cut off. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });

  constructor(options: DeploymentOptions) {
    this.options = options;
    this.report = options.report;
    this.preview = options.report.preview;
    this.ledger = new Ledger(options.state);
  }

  /** Whether a step is in progress. */
  get isBusy(): boolean {
    return this.#atWork > 0;
  }

  /** Performs a step. A failure ends the run. */
  async step<Answer>(does: () => Promise<Answer>): Promise<Answer | undefined> {
    this.#atWork += 1;
    try {
      return await does();
    } catch (error) {
      this.fail(error);
      return undefined;
    } finally {
      this.#atWork -= 1;
    }
  }

  /** Performs an operation that may be cut off. After that, nothing is recorded. */
  async operate<Answer>(operation: PendingOperation, call: () => Promise<Answer>): Promise<Answer> {
    const isCutOff = (moment: "before" | "after"): boolean =>
      this.wasCutOff || (!this.preview && this.options.cutOff?.(operation, moment) === true);
    this.ledger.begin(operation);
    if (isCutOff("before")) {
      return this.#cutOff();
    }
    let answer: Answer;
    try {
      const calling = call();
      this.#calls.add(calling);
      answer = await calling;
    } catch (error) {
      if (!this.wasCutOff) {
        this.ledger.end(operation);
      }
      throw error;
    }
    if (isCutOff("after")) {
      return this.#cutOff();
    }
    this.ledger.end(operation);
    return answer;
  }

  #cutOff(): Promise<never> {
    this.wasCutOff = true;
    this.#halt();
    return NEVER;
  }

  /** Settles when the providers have ended what they had begun. A killed provider does nothing more. */
  async untilQuiet(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  untilCutOff(): Promise<void> {
    return this.stopped.then(() => (this.wasCutOff ? undefined : NEVER));
  }

  done(operation: Operation, resource: RecordedResource, old: RecordedResource | undefined): Registration {
    this.ledger.record(resource, old);
    this.report.step(operation, resource.urn, old?.inputs ?? {}, resource.inputs);
    return registrationOf(resource);
  }

  fail(error: unknown): void {
    if (!this.wasCutOff) {
      this.report.fail(error instanceof Error ? error.message : String(error));
    }
    this.#halt();
  }

  #halt(): void {
    this.isStopped = true;
    this.#stop();
  }

  provider(type: string, reference: string | undefined): Promise<Provider> {
    return this.options.providers.of(type, reference, (urn) => this.ledger.current(urn)?.inputs ?? {});
  }

  async providerOf({ custom, type, provider }: RecordedResource): Promise<Provider | undefined> {
    return custom ? this.provider(type, provider) : undefined;
  }
}

/** The answer about a recorded resource to the program. */
export function registrationOf({ urn, id, outputs }: RecordedResource): Registration {
  return { urn, ...(id === undefined ? {} : { id }), outputs };
}
