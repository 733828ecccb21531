import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * The identity of a run, for the lock on the host: machine, process and start of the process, in ticks since boot, which
 * distinguishes it from a later process with its number. The start is empty on systems without `/proc`.
 */
export function ownIdentity(): string {
  return `${machine()}:${String(process.pid)}:${startOf(process.pid) ?? ""}`;
}

/** Whether a run of this machine is proven to be gone. If in doubt, it is not. */
export function isDeadRun(identity: string): boolean {
  const [host, pid = "", start = ""] = identity.split(":");
  return host === machine() && /^\d+$/.test(pid) && start !== "" && startOf(Number(pid)) !== start;
}

/** Whether a text has the form of an identity, whose characters need no quotes in a shell. */
export function isIdentity(text: string): boolean {
  return /^[A-Za-z0-9.:_-]*$/.test(text);
}

function machine(): string {
  return hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-");
}

function startOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name of the program is in parentheses and may hold blanks. The start is the 22nd field.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
