import { homedir, hostname } from "node:os";
import { PkiError, systemCode } from "../errors";
import { isJsonObject } from "../stepca/jsonObject";
import { FileBackend, removeFile } from "./fileBackend";
import { readProjectFile } from "./projectFile";
import { type PulumiProgram, saidBy } from "./pulumiProgram";
import type { Shell } from "./shell";
import { isGone, readStackLock } from "./stackLock";

/**
 * Recovers a stack after a killed run of `pulumi`. Such a run leaves its lock, and operations that may or may not have
 * happened. A lock is removed only if it is from this machine and its process is proven to be gone, so only in a file
 * backend. A service manages its locks itself.
 *
 * @param cwd the folder of the project, or one below it, absolute
 * @param stack the stack. Default the selected one
 * @returns the findings, for a person
 * @throws PkiError `STACK_LOCKED` if a lock may belong to a running process, `PULUMI_FAILED`
 */
export async function recoverKilledRun(
  pulumi: PulumiProgram,
  cwd: string,
  stack: string | undefined,
  shell: Shell,
): Promise<string> {
  const url = await backendUrl(pulumi, shell);
  const backend = FileBackend.at(url, cwd, shell.environment["HOME"] ?? homedir());
  if (backend === undefined) {
    return `The state is not in a folder on this machine (${withoutUserInfo(url)}). No lock can be proven stale, so none was touched`;
  }
  const project = projectName(cwd);
  const removeEmptyAttributes = (): void => {
    for (const file of backend.removeEmptyAttributes(project)) {
      shell.err(`Recovering: removed ${file}, which a killed run left empty`);
    }
  };
  const name = stack ?? (await selectedStack(pulumi, backend.locksOfProject(project), removeEmptyAttributes));
  const refresh = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", name];
  const locks = backend.locks(project, name);
  const holders = locks.map((lock) => deadHolder(lock, name, refresh));
  removeEmptyAttributes(); // no run is active now
  for (const [index, lock] of locks.entries()) {
    shell.err(`An earlier run was killed (process ${String(holders[index])}). Recovering: removing its lock ${lock}`);
    removeLock(lock);
  }
  if (locks.length === 0) {
    const pending = await pendingOperations(pulumi, backend, project, name);
    if (pending === 0) {
      return "Nothing to recover";
    }
    shell.err(`An earlier run was killed. ${String(pending)} of its operations may or may not have happened`);
  }
  shell.err(`Recovering: pulumi ${refresh.join(" ")}`);
  if ((await pulumi.show(refresh)) !== 0) {
    throw failed(`pulumi ${refresh.join(" ")} failed. The lines above say why`, "Fix that, then run this again");
  }
  return `The stack ${name} is recovered`;
}

/**
 * Reads the selected stack. If a killed run left an attribute file empty, Pulumi answers nothing until the file is
 * removed, so it is removed if no run is active.
 */
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

/** The process that left a lock, if it is gone. */
function deadHolder(lock: string, stack: string, refresh: readonly string[]): number {
  const refuse = (why: string): never => {
    throw new PkiError(
      "STACK_LOCKED",
      `the stack ${stack} is locked, and ${why}`,
      "Wait until that run has ended. If you are certain that it has, run: " +
        `pulumi cancel --yes ${stack} && pulumi ${refresh.join(" ")}`,
    );
  };
  const holder = readStackLock(lock);
  if (holder === undefined) {
    return refuse(`"${lock}" does not name the process`);
  }
  const { pid, host } = holder;
  if (host !== hostname()) {
    return refuse(`process ${String(pid)} on the machine ${host} holds the lock`);
  }
  return isGone(pid) ? pid : refuse(`process ${String(pid)} holds the lock and may still be running`);
}

async function answer(pulumi: PulumiProgram, args: readonly string[]): Promise<string> {
  try {
    return await pulumi.answer(args);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      throw failed("pulumi is not installed, or not on the PATH", "Install the Pulumi CLI", cause);
    }
    throw failed(
      `pulumi ${args.join(" ")} failed:\n${saidBy(cause)}\nNothing was recovered`,
      "Run it in the folder of Pulumi.yaml or give --cwd, choose a stack with --stack, and set the backend and " +
        "passphrase as for pulumi up",
      cause,
    );
  }
}

/** Only the environment comes before what the CLI finds in the project and in its own settings. */
async function backendUrl(pulumi: PulumiProgram, { environment }: Shell): Promise<string> {
  const { PULUMI_BACKEND_URL: url = "" } = environment;
  if (url !== "") {
    return url;
  }
  const answered = JSON.parse(await answer(pulumi, ["whoami", "--json"])) as unknown;
  return isJsonObject(answered) && typeof answered["url"] === "string" ? answered["url"] : "";
}

function withoutUserInfo(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*/, "");
}

function projectName(cwd: string): string {
  const file = readProjectFile(cwd);
  if (file === undefined) {
    throw failed(`there is no Pulumi.yaml in "${cwd}" or above it`, "Run it there, or give --cwd");
  }
  if (file.name === undefined) {
    const remedy = "Give the project's name as name: at the beginning of a line";
    throw failed(`"${file.path}" does not name the project`, remedy);
  }
  return file.name;
}

/** Pulumi is asked only if the state is not in the file of a plain stack. */
async function pendingOperations(
  pulumi: PulumiProgram,
  backend: FileBackend,
  project: string,
  stack: string,
): Promise<number> {
  const recorded =
    backend.deployment(project, stack) ??
    (JSON.parse(await answer(pulumi, ["stack", "export", "--stack", stack])) as { deployment?: unknown }).deployment;
  const pending = isJsonObject(recorded) ? recorded["pending_operations"] : undefined;
  return Array.isArray(pending) ? pending.length : 0;
}

function removeLock(lock: string): void {
  try {
    removeFile(lock);
  } catch (cause) {
    throw failed(
      `the lock "${lock}" cannot be removed: ${systemCode(cause) ?? "unknown"}`,
      "Remove it, then run this again",
      cause,
    );
  }
}

function failed(reason: string, remedy: string, cause?: unknown): PkiError {
  return new PkiError("PULUMI_FAILED", reason, remedy, cause === undefined ? {} : { cause });
}
