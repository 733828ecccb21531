import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * The processes that run for a project, found by their environment, which names its folder. Each program that Pulumi starts
 * leads its own process group, so after a kill nothing else connects it to its test.
 *
 * @param scratch see `PulumiProject.scratch`
 * @returns process ids; none where there is no /proc
 */
export function processesOf(scratch: string): number[] {
  return processesThat((pid) => read(`/proc/${String(pid)}/environ`).includes(scratch));
}

/** The processes whose command line has a text; none where there is no /proc. */
export function processesSaying(text: string): number[] {
  return processesThat((pid) => commandLine(pid).includes(text));
}

function processesThat(are: (pid: number) => boolean): number[] {
  const entries = existsSync("/proc/self/environ") ? readdirSync("/proc") : [];
  return entries
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter(are);
}

/** The command line of a process; empty if it ended. */
export function commandLine(pid: number): string {
  return read(`/proc/${String(pid)}/cmdline`).replaceAll("\0", " ");
}

/** Ends the processes that run for a project. A killed run leaves its language host, and sometimes its program. */
export function endProcessesOf(scratch: string): void {
  for (const pid of processesOf(scratch)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended meanwhile
    }
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it ended meanwhile, or is somebody else's
  }
}
