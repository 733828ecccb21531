import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import { runtime } from "@pulumi/pulumi";
import type { Deployment } from "./deployment";
import { engineOf, Monitor } from "./monitor";
import type { Report } from "./report";

/** The settings for running a program. */
export interface ProgramSettings {
  readonly stack: string;
  readonly project: string;
  readonly config: Readonly<Record<string, string>>;
  readonly report: Report;
}

interface Store {
  readonly settings: { monitor?: unknown; engine?: unknown; readonly options: Record<string, unknown> };
}

/** The SDK keeps the data of one run in a store. The Automation API gives each inline program its own store. */
const { withLocalStorage, getStore } = createRequire(require.resolve("@pulumi/pulumi"))("./runtime/state") as {
  withLocalStorage: <T>(callback: () => Promise<T>) => Promise<T>;
  getStore: () => Store;
};

/** How many turns of the event loop without a registration mean that a failed program has ended. */
const QUIET_TURNS = 20;

/**
 * Runs a program against a deployment, until it has declared all that it declares.
 *
 * @returns whether it succeeded; the report contains its error
 */
export async function runProgram(
  program: () => unknown,
  deployment: Deployment,
  settings: ProgramSettings,
): Promise<boolean> {
  const faults = new Faults(settings.report);
  const ended = withLocalStorage(async () => {
    connect(deployment, settings);
    await runtime.runInPulumiStack(program as () => Promise<unknown>);
    await runtime.disconnect();
  }).catch((error: unknown) => {
    faults.add(error);
  });
  const endedBadly = faults.first.then(() => untilQuiet(deployment));
  try {
    await Promise.race([ended.then(() => (faults.any ? endedBadly : undefined)), deployment.stopped, endedBadly]);
    await untilQuiet(deployment);
    return !faults.any;
  } finally {
    faults.stop();
  }
}

function connect(deployment: Deployment, { stack, project, config, report }: ProgramSettings): void {
  const { settings } = getStore();
  settings.monitor = new Monitor(deployment);
  settings.engine = engineOf(report);
  Object.assign(settings.options, {
    ...{ project, stack, organization: "organization", dryRun: report.preview },
    ...{ parallel: 32, monitorAddr: "world", engineAddr: "world", rootDirectory: process.cwd() },
  });
  runtime.setAllConfig({ ...config });
}

async function untilQuiet(deployment: Deployment): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS && !deployment.wasCutOff;) {
    await turn();
    quiet = deployment.isBusy ? 0 : quiet + 1;
  }
}

const EVENTS = ["unhandledRejection", "uncaughtException"] as const;

/**
 * Catches a program's error, wherever it happens: the language host treats every uncaught error as a failure of the program.
 * This does the same, in place of the test runner.
 */
class Faults {
  readonly #report: Report;
  readonly #seen = new Set<unknown>();
  readonly #listeners = EVENTS.map((event) => [event, process.listeners(event as "uncaughtException")] as const);
  #announce: () => void = () => undefined;
  readonly first = new Promise<void>((resolve) => {
    this.#announce = resolve;
  });
  readonly add = (fault: unknown): void => {
    if (!this.#seen.has(fault)) {
      this.#seen.add(fault);
      this.#report.fail(fault instanceof Error ? fault.message : String(fault));
      this.#announce();
    }
  };

  constructor(report: Report) {
    this.#report = report;
    for (const event of EVENTS) {
      process.removeAllListeners(event);
      process.on(event, this.add);
    }
  }

  get any(): boolean {
    return this.#seen.size > 0;
  }

  stop(): void {
    for (const [event, listeners] of this.#listeners) {
      process.off(event, this.add);
      for (const listener of listeners) {
        process.on(event as "uncaughtException", listener);
      }
    }
  }
}
