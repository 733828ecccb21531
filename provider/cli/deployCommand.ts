import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf, PkiError } from "../errors";
import { exportAuthority } from "./authorityExport";
import { type Command, outputsSource, parseOptions, SOURCE_OPTIONS, usageError, workingDirectory } from "./command";
import type { DeployEvent, DeployReport } from "./deploy/deployReport";
import type { HostSettings } from "./deploy/deploySettings";
import { deployTo } from "./deploy/deployment";
import { Handover } from "./deploy/handover";
import { HostShell } from "./deploy/hostShell";
import { Interrupted, Interruption } from "./deploy/interruption";
import { lockMachine } from "./deploy/machineLock";
import { type Release, releaseOf } from "./deploy/release";
import { ownIdentity } from "./deploy/runIdentity";
import { DEPLOY_HELP } from "./deployHelp";
import { readTargets } from "./deployTargets";
import { recoverKilledRun } from "./killedRun";
import type { AuthorityOutputs } from "./outputs";
import { type OutputsSource, readOutputs } from "./outputsSource";
import { PulumiProgram } from "./pulumiProgram";
import { requestStatus, whatToDo } from "./requestStatus";
import type { Shell } from "./shell";

/** What a call of the command asks for. */
interface Deployment {
  readonly source: OutputsSource;
  readonly targets: { readonly targets?: string };
  readonly dryRun: boolean;
  readonly newAuthority: boolean;
}

/** `kms-pki deploy`: brings the stack up, and hands what changed over to the hosts of step-ca. */
export const deployCommand: Command = {
  help: DEPLOY_HELP,
  failureCode: 1,
  parse(args) {
    const values = parseOptions("deploy", args, {
      ...SOURCE_OPTIONS,
      targets: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "new-authority": { type: "boolean", default: false },
    });
    const source = outputsSource("deploy", values);
    if (source.file !== undefined && values.targets === undefined) {
      throw usageError("deploy", "--outputs needs --targets, because the stack is not asked for its hosts");
    }
    const deployment: Deployment = {
      source,
      targets: values.targets === undefined ? {} : { targets: values.targets },
      dryRun: values["dry-run"],
      newAuthority: values["new-authority"],
    };
    return async (shell) => {
      const report = values.json ? jsonReport(shell) : textReport(shell);
      const exitCode = await deploy(deployment, report, shell);
      if (values.json) {
        shell.out(JSON.stringify({ event: "ended", exitCode }));
      }
      return exitCode;
    };
  },
};

function jsonReport(shell: Shell): DeployReport {
  return (event) => {
    shell.out(JSON.stringify(event));
  };
}

function textReport(shell: Shell): DeployReport {
  return ({ host, message, event }: DeployEvent) => {
    // A message of an error names its host.
    shell.err(host === undefined || event === "failed" || event === "unreachable" ? message : `${host}: ${message}`);
  };
}

async function deploy(deployment: Deployment, report: DeployReport, shell: Shell): Promise<number> {
  const interruption = new Interruption();
  let release = (): void => undefined;
  try {
    const project = workingDirectory("deploy", deployment.source.cwd, shell);
    if (!deployment.dryRun) {
      release = await lockMachine(project);
    }
    const hosts = await bringUp(deployment, project, interruption, report, shell);
    const outputs = await issuedOutputs(deployment.source, shell);
    const here = new HostShell({ here: true }, project, shell.environment);
    const { newAuthority } = deployment;
    const { formerRoots } = outputs;
    const context = { run: ownIdentity(), report, interruption, newAuthority, formerRoots, here };
    const releases = await releasesOf(outputs, hosts, project, shell);
    interruption.check();
    const handovers = releases.map(
      ({ host, release }) =>
        new Handover(host, release, new HostShell(host.reach, project, shell.environment), context),
    );
    return await deployTo(handovers, deployment, report);
  } catch (error) {
    if (!(error instanceof PkiError) && !(error instanceof Interrupted)) {
      throw error;
    }
    const code = error instanceof PkiError ? { code: error.code } : {};
    report({ event: "failed", ...code, message: messageOf(error) });
    return error instanceof Interrupted ? error.exitCode : 1;
  } finally {
    release();
    interruption.end();
  }
}

/** Clears away what a run left that is proven dead, reads the hosts, and runs `pulumi up`. */
async function bringUp(
  { source, targets, dryRun }: Deployment,
  project: string,
  interruption: Interruption,
  report: DeployReport,
  shell: Shell,
): Promise<HostSettings[]> {
  const { cwd, stack, file } = source;
  const choice = { cwd, ...(stack === undefined ? {} : { stack }), ...targets };
  if (file !== undefined) {
    return readTargets(choice, shell);
  }
  const pulumi = new PulumiProgram(project, shell);
  if (!dryRun) {
    shell.err(await recoverKilledRun(pulumi, project, stack, shell));
  }
  const hosts = await readTargets(choice, shell);
  interruption.check();
  const ofStack = stack === undefined ? [] : ["--stack", stack];
  report({ event: "updating", message: dryRun ? "previewing the stack" : "updating the stack" });
  const command = dryRun ? ["preview"] : ["up", "--yes", "--skip-preview"];
  if ((await pulumi.show([...command, "--suppress-outputs", ...ofStack])) !== 0) {
    throw new PkiError(
      "PULUMI_FAILED",
      `pulumi ${command.join(" ")} failed. The lines above say why. Nothing was handed over`,
      "Fix the cause, then run this again. It continues from there. If the stack is locked by a run that was killed, and it is " +
        "certain that it has ended, run: pulumi cancel --yes && pulumi refresh --yes --clear-pending-creates",
    );
  }
  interruption.check();
  return hosts;
}

async function issuedOutputs(source: OutputsSource, shell: Shell): Promise<AuthorityOutputs> {
  const outputs = await readOutputs(source, shell);
  if (!("waitsFor" in outputs)) {
    return outputs;
  }
  const [request] = requestStatus(outputs, shell.now());
  throw new PkiError(
    "ANSWER_MISSING",
    "there is no ca.json yet, because the issuer elsewhere has not answered",
    request === undefined ? "Run kms-pki export" : whatToDo(request),
  );
}

/** What each host is to have. */
async function releasesOf(
  outputs: AuthorityOutputs,
  hosts: readonly HostSettings[],
  project: string,
  shell: Shell,
): Promise<{ host: HostSettings; release: Release }[]> {
  const releases: { host: HostSettings; release: Release }[] = [];
  for (const host of hosts) {
    const directory = await mkdtemp(join(tmpdir(), "kms-pki-deploy-"));
    try {
      const { environment, cwd } = shell;
      await exportAuthority(outputs, { directory, project, prefix: host.directory, force: true, environment }, cwd);
      const files = new Map<string, Buffer>();
      for (const name of await readdir(directory)) {
        files.set(name, await readFile(join(directory, name)));
      }
      releases.push({ host, release: releaseOf(files, host.directory) });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return releases;
}
