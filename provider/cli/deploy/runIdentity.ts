import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { processStat } from "./processStat";

/**
 * The identity of a run, for the lock on the host: machine, process and start of the process, in ticks since boot, which
 * distinguishes it from a later process with its number. The start is empty on systems without `/proc`.
 */
export function ownIdentity(): string {
  return `${machine()}:${String(process.pid)}:${processStat(process.pid)?.start ?? ""}`;
}

/** Whether a run of this machine is proven to be gone. If in doubt, it is not. */
export function isDeadRun(identity: string): boolean {
  const [host, pid = "", start = ""] = identity.split(":");
  return host === machine() && /^\d+$/.test(pid) && start !== "" && processStat(Number(pid))?.start !== start;
}

/** Whether a text has the form of an identity, whose characters need no quotes in a shell. */
export function isIdentity(text: string): boolean {
  return /^[A-Za-z0-9.:_-]*$/.test(text);
}

/**
 * The name of the machine, with a digest of what tells it from another of the same name, such as a container: its id, which outlives a
 * start, and the namespace in which processes have their numbers.
 */
function machine(): string {
  const own = [() => readFileSync("/etc/machine-id", "utf8"), () => readlinkSync("/proc/self/ns/pid")].map(orEmpty);
  const digest = createHash("sha256").update(own.join("\n")).digest("hex").slice(0, 8);
  return `${hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${digest}`;
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
