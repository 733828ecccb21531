import { readFileSync } from "node:fs";
import { isJsonObject } from "../stepca/jsonObject";
import { systemCode } from "../errors";
import { processStat } from "./deploy/processStat";

/** The lock of a stack, as the CLI records it. */
export interface StackLock {
  readonly pid: number;
  /** The name of the machine. */
  readonly host: string;
}

/** Reads a lock of a file backend; undefined if it does not name the process. */
export function readStackLock(file: string): StackLock | undefined {
  let lock: unknown;
  try {
    lock = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isJsonObject(lock)) {
    return undefined;
  }
  const { pid, hostname: host } = lock;
  return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0 && typeof host === "string"
    ? { pid, host }
    : undefined;
}

/** Whether a process of this machine that locked a stack is proven to be gone. If in doubt, it is not. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (systemCode(cause) === "ESRCH") {
      return true;
    }
  }
  // Its number may belong to another program by now, and a zombie no longer does anything.
  const stat = processStat(pid);
  return stat !== undefined && (!stat.program.includes("pulumi") || stat.state === "Z");
}
