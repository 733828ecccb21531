import { mock } from "node:test";
import { inEnvironment, type Environment } from "../fixtures/environment";
import { Deployment } from "./deployment";
import type { CutOff } from "./deploymentRun";
import { runProgram } from "./program";
import { Providers } from "./providers";
import type { RecordedState } from "./recordedState";
import { Report } from "./report";

/** The parameters shared by all runs of a stack. */
export interface StackSettings {
  readonly stack: string;
  readonly project: string;
  readonly config: Readonly<Record<string, string>>;
  /** The current folder of program and providers. */
  readonly directory: string;
  readonly environment: Environment;
  readonly program: () => unknown;
}

/** The operation of a run. */
export interface RunOptions {
  readonly kind: "up" | "refresh" | "destroy";
  readonly preview: boolean;
  /** Whether the report shows the differences. */
  readonly diff: boolean;
  /** Whether a refresh runs the program. */
  readonly runsProgram: boolean;
  readonly cutOff?: CutOff;
}

/** The result of a run. */
export interface RunResult {
  readonly report: Report;
  readonly state: RecordedState;
  readonly wasCutOff: boolean;
}

const TITLES = { up: "Updating", refresh: "Refreshing", destroy: "Destroying" };

/** Runs the engine once over a state, like one operation of the CLI. Program and providers know nothing about earlier ones. */
export async function runOnce(settings: StackSettings, state: RecordedState, options: RunOptions): Promise<RunResult> {
  const { stack, project, config } = settings;
  const report = new Report(options.preview ? "Previewing" : TITLES[options.kind], options.preview, options.diff);
  return inEnvironment(settings.environment, () =>
    inDirectory(settings.directory, () =>
      hearing(report, async () => {
        const deployment = new Deployment({
          ...{ stack, project, state, report, providers: new Providers(config) },
          refreshes: options.kind === "refresh",
          ...(options.cutOff === undefined ? {} : { cutOff: options.cutOff }),
        });
        await act(settings, deployment, report, options);
        return { report, state: deployment.ledger.state(), wasCutOff: deployment.wasCutOff };
      }),
    ),
  );
}

async function act(
  settings: StackSettings,
  deployment: Deployment,
  report: Report,
  { kind, runsProgram }: RunOptions,
): Promise<void> {
  if (kind === "destroy") {
    await deployment.delete(deployment.ledger.left);
  } else if (kind === "refresh" && !runsProgram) {
    await deployment.refresh();
  } else {
    const { program, ...rest } = settings;
    const endedWell = await runProgram(program, deployment, { ...rest, report });
    if (endedWell && report.errors.length === 0) {
      await deployment.finish();
    } else if (!deployment.wasCutOff) {
      deployment.keepStackOutputs();
    }
    if (deployment.wasCutOff) {
      await deployment.untilQuiet();
    }
  }
}

async function inDirectory<Result>(directory: string, run: () => Promise<Result>): Promise<Result> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return await run();
  } finally {
    process.chdir(before);
  }
}

/** The engine shows what a provider writes to standard error. */
async function hearing<Result>(report: Report, run: () => Promise<Result>): Promise<Result> {
  const heard = mock.method(globalThis.console, "error", (...words: unknown[]): void => {
    report.say(words.map(String).join(" "));
  });
  try {
    return await run();
  } finally {
    heard.mock.restore();
  }
}
