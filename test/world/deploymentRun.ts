import type { Provider } from "./provider";
import type { Providers } from "./providers";
import { Ledger } from "./ledger";
import type { Properties } from "./propertyValue";
import type { PendingOperation, RecordedResource, RecordedState } from "./recordedState";
import type { Operation, Report } from "./report";

/** Where a run is cut off, as by a kill: its answer is yes at that moment. */
export type CutOff = (operation: PendingOperation, moment: "before" | "after") => boolean;

/** What a run is. */
export interface DeploymentOptions {
  readonly stack: string;
  readonly project: string;
  readonly state: RecordedState;
  readonly providers: Providers;
  readonly report: Report;
  /** What exists is read instead of changed, and what does not exist is not made. */
  readonly refreshes?: boolean;
  readonly cutOff?: CutOff;
}

/** What the program is told of a resource. */
export interface Registration {
  readonly urn: string;
  readonly id?: string;
  readonly outputs: Properties;
}

/** What a program says after the run has ended, or was cut off, is never answered. */
export const NEVER = new Promise<never>(() => undefined);

/** What all steps of a run share: its records, its report, and whether it has come to an end. */
export class DeploymentRun {
  readonly options: DeploymentOptions;
  readonly ledger: Ledger;
  readonly report: Report;
  readonly preview: boolean;
  wasCutOff = false;
  isStopped = false;
  #atWork = 0;
  #stop: () => void = () => undefined;
  /** Settles when nothing is begun any more: a step failed, or the run was cut off. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });

  constructor(options: DeploymentOptions) {
    this.options = options;
    this.report = options.report;
    this.preview = options.report.preview;
    this.ledger = new Ledger(options.state);
  }

  /** Whether a step is going on. */
  get isBusy(): boolean {
    return this.#atWork > 0;
  }

  /** Does a step. What fails in it ends the run. */
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

  /** Does what may be cut off; from then on, nothing is recorded. */
  async operate<Answer>(operation: PendingOperation, call: () => Promise<Answer>): Promise<Answer> {
    const isCutOff = (moment: "before" | "after"): boolean =>
      this.wasCutOff || (!this.preview && this.options.cutOff?.(operation, moment) === true);
    this.ledger.begin(operation);
    if (isCutOff("before")) {
      return this.#cutOff();
    }
    let answer: Answer;
    try {
      answer = await call();
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

/** What the program is told of a resource that is recorded. */
export function registrationOf({ urn, id, outputs }: RecordedResource): Registration {
  return { urn, ...(id === undefined ? {} : { id }), outputs };
}
