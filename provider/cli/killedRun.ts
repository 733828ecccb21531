import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { PkiError, systemCode } from "../errors";
import { rootDirectory } from "../words/rootDirectory";
import { isJsonObject } from "../stepca/jsonObject";
import { FileBackend } from "./fileBackend";
import { type PulumiProgram, saidBy } from "./pulumiProgram";
import type { Shell } from "./shell";
import { isGone, readStackLock } from "./stackLock";

/**
 * Sets a stack right after a `pulumi` that was killed. Such a run leaves its lock, and operations of which nobody knows
 * whether they happened. A lock is taken off only when it is of this machine and its process is proven to be gone, so only
 * in a file backend; a service looks after its locks itself.
 *
 * @param cwd the folder of the project, or one below it, absolute
 * @param stack the stack; the selected one when undefined
 * @returns what was found, for a person
 * @throws PkiError `STACK_LOCKED` when a lock may be a living process's, `PULUMI_FAILED`
 */
export async function recoverKilledRun(
  pulumi: PulumiProgram,
  cwd: string,
  stack: string | undefined,
  shell: Shell,
): Promise<string> {
  const url = backendUrl(await answer(pulumi, ["whoami", "--json"]));
  const backend = FileBackend.at(url, cwd, shell.environment["HOME"] ?? homedir());
  if (backend === undefined) {
    return `The state is no folder of this machine (${withoutUserInfo(url)}): whether a lock is stale cannot be proven, and none is touched`;
  }
  const project = projectName(cwd);
  const removeEmptyAttributes = (): void => {
    for (const file of backend.removeEmptyAttributes(project)) {
      shell.err(`Recovering: removed ${file}, which a killed run left empty`);
    }
  };
  const name = stack ?? (await selectedStack(pulumi, backend.locksOfProject(project), removeEmptyAttributes));
  const steps = [
    ["cancel", "--yes", name],
    ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", name],
  ] as const;
  const [cancel, refresh] = steps;
  const run = async (args: readonly string[]): Promise<void> => {
    shell.err(`Recovering: pulumi ${args.join(" ")}`);
    if ((await pulumi.show(args)) !== 0) {
      throw failed(`pulumi ${args.join(" ")} failed; the lines above say why`, "Put that right, then run this again");
    }
  };

  const locks = backend.locks(project, name);
  for (const lock of locks) {
    const pid = deadHolder(lock, name, steps);
    shell.err(`An earlier run was killed (process ${String(pid)}): its lock is still there`);
  }
  removeEmptyAttributes(); // nobody is at work now
  if (locks.length > 0) {
    await run(cancel);
  }
  const pending = pendingOperations(await answer(pulumi, ["stack", "export", "--stack", name]));
  if (pending > 0) {
    shell.err(`An earlier run was killed: it is not known whether ${String(pending)} of its operations happened`);
  }
  if (locks.length === 0 && pending === 0) {
    return "Nothing to recover";
  }
  await run(refresh);
  return `The stack ${name} is recovered`;
}

/** Where a killed run left a file of attributes empty, Pulumi tells nothing before that is gone: so it goes if nobody is at work. */
async function selectedStack(
  pulumi: PulumiProgram,
  locks: readonly string[],
  removeEmptyAttributes: () => void,
): Promise<string> {
  const ask = async (): Promise<string> => (await answer(pulumi, ["stack", "--show-name"])).trim();
  try {
    return await ask();
  } catch (error) {
    const holders = locks.map(readStackLock);
    const isDead = (holder: (typeof holders)[number]): boolean => holder?.host === hostname() && isGone(holder.pid);
    if (holders.length === 0 || !holders.every(isDead)) {
      throw error;
    }
    removeEmptyAttributes();
    return ask();
  }
}

/** The process that left a lock; it is gone. */
function deadHolder(lock: string, stack: string, steps: readonly (readonly string[])[]): number {
  const refuse = (why: string): never => {
    throw new PkiError(
      "STACK_LOCKED",
      `the stack ${stack} is locked, and ${why}`,
      "Wait until that run has ended. Only when it is certain that it has, run: " +
        steps.map((args) => `pulumi ${args.join(" ")}`).join(" && "),
    );
  };
  const holder = readStackLock(lock);
  if (holder === undefined) {
    return refuse(`"${lock}" does not say by whom`);
  }
  const { pid, host } = holder;
  if (host !== hostname()) {
    return refuse(`process ${String(pid)} on the machine ${host} holds the lock`);
  }
  return isGone(pid) ? pid : refuse(`process ${String(pid)} holds the lock and may be at work`);
}

async function answer(pulumi: PulumiProgram, args: readonly string[]): Promise<string> {
  try {
    return await pulumi.answer(args);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      throw failed("pulumi is not installed, or not on the PATH", "Install the Pulumi CLI", cause);
    }
    throw failed(
      `pulumi ${args.join(" ")} failed:\n${saidBy(cause)}\nNothing is recovered`,
      "Run it in the folder of Pulumi.yaml or give --cwd, choose a stack with --stack, and set the backend and " +
        "passphrase as for pulumi up",
      cause,
    );
  }
}

function backendUrl(whoami: string): string {
  const answered = JSON.parse(whoami) as unknown;
  return isJsonObject(answered) && typeof answered["url"] === "string" ? answered["url"] : "";
}

function withoutUserInfo(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*/, "");
}

/** The project's name, by which a backend files its stacks. */
function projectName(cwd: string): string {
  const [file] = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(rootDirectory(cwd), name)).filter(existsSync);
  if (file === undefined) {
    throw failed(`there is no Pulumi.yaml in "${cwd}" or above it`, "Run it there, or give --cwd");
  }
  const [, name] = /^name:[ \t]*["']?([\w.-]+)/m.exec(readFileSync(file, "utf8")) ?? [];
  if (name === undefined) {
    throw failed(`"${file}" does not name the project`, "Give the project's name as name: at the beginning of a line");
  }
  return name;
}

function pendingOperations(state: string): number {
  const { deployment } = JSON.parse(state) as { deployment?: { pending_operations?: unknown[] | null } | null };
  return deployment?.pending_operations?.length ?? 0;
}

function failed(reason: string, remedy: string, cause?: unknown): PkiError {
  return new PkiError("PULUMI_FAILED", reason, remedy, cause === undefined ? {} : { cause });
}
