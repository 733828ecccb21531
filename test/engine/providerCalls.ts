import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recoverCommand } from "../../provider/cli/recoverCommand";
import { currentTime } from "../../provider/words/clock";
import { until } from "../fixtures/waiting";
import { ended, type PulumiProject, type Run } from "./project";
import type { StackProject } from "./stackProject";

/** What is loaded into the provider process: see fixtures/providerCalls.ts. */
export const PRELOAD = join(__dirname, "..", "fixtures", "providerCalls.js");

/** The number of the provider's operations of each kind in one run of the CLI. */
export interface ProviderCalls {
  readonly sign: number;
  readonly generateKeyPair: number;
  /** Decryptions of a key file. */
  readonly createPrivateKey: number;
}

/** Runs the CLI, and counts the operations of the provider process. */
export async function countingCalls(
  project: StackProject,
  args: readonly string[],
): Promise<{ run: Run; calls: ProviderCalls }> {
  const file = join(project.scratch, "calls");
  rmSync(file, { force: true });
  const run = await project.succeed(args, { NODE_OPTIONS: `--require=${PRELOAD}`, PROVIDER_CALLS_FILE: file });
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const count = (call: string): number => lines.filter((line) => line === call).length;
  return {
    run,
    calls: {
      sign: count("sign"),
      generateKeyPair: count("generateKeyPair"),
      createPrivateKey: count("createPrivateKey"),
    },
  };
}

/**
 * Runs the CLI and kills it (its own process, SIGKILL) when the provider makes a call.
 *
 * @param at `<call>:<n>:<before|after>[:continue]`
 */
export async function killedAt(project: PulumiProject, args: readonly string[], at: string): Promise<Run> {
  const pidFile = join(project.scratch, "engine-pid");
  const child = project.start(args, {
    NODE_OPTIONS: `--require=${PRELOAD}`,
    PROVIDER_KILL: at,
    PROVIDER_ENGINE_PID_FILE: pidFile,
  });
  writeFileSync(pidFile, String(child.pid));
  return ended(child);
}

/**
 * Runs the CLI and kills it and the plugin after the service performed the plugin's request, before the engine knows.
 *
 * @param at `<operation>:<n>`
 * @param recorded how many keys the engine must have recorded before. With all of them, the kill interrupts no creation of a key
 */
export async function killedInPluginAt(
  project: PulumiProject,
  args: readonly string[],
  at: string,
  recorded: { readonly type: string; readonly number: number },
): Promise<Run> {
  const stopped = join(project.scratch, "stopped-plugin");
  const child = project.start(args, { KMS_PKI_TEST_STOP_AT: at, KMS_PKI_TEST_STOPPED_FILE: stopped });
  const run = ended(child);
  const isReady = async (): Promise<boolean> =>
    existsSync(stopped) &&
    readFileSync(stopped, "utf8") !== "" &&
    (await project.state()).resources.filter(({ type }) => type === recorded.type).length >= recorded.number;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until("the plugin stops at the request", async () => hasEnded() || (await isReady()), { pause: 10 });
  if (child.kill("SIGKILL")) {
    process.kill(Number(readFileSync(stopped, "utf8")), "SIGKILL");
  }
  return run;
}

/** The documented recovery after a killed run: `kms-pki recover`, in this process, which spares the start of another. */
export async function recover(project: PulumiProject): Promise<void> {
  const output: string[] = [];
  const say = (line: string): void => {
    output.push(line);
  };
  const shell = { cwd: project.directory, environment: project.environment, now: currentTime, out: say, err: say };
  const run = recoverCommand.parse(["--stack", project.stack]);
  const code = await run({ ...shell, stdin: () => Promise.resolve("") });
  if (code !== 0 || !output.join("\n").includes("is recovered")) {
    throw new Error(`kms-pki recover ended with ${String(code)}:\n${output.join("\n")}`);
  }
}
