import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * The processes that run for a project. All inherit the environment of its commands, which names its folder; nothing else
 * ties what a killed run leaves to its test: each program that Pulumi starts leads a process group of its own.
 *
 * @param scratch see `PulumiProject.scratch`
 * @returns process ids; none where there is no /proc
 */
export function processesOf(scratch: string): number[] {
  if (!existsSync("/proc/self/environ")) {
    return [];
  }
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/environ`).includes(scratch))
    .map(Number);
}

/** The command line of a process; empty if it ended. */
export function commandLine(pid: number): string {
  return read(`/proc/${String(pid)}/cmdline`).replaceAll("\0", " ");
}

/** Ends whatever runs for a project. A killed run leaves the language host, and what it started, for ever. */
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
