import { readFileSync } from "node:fs";

/** What Linux tells of a process. */
export interface ProcessStat {
  /** The name of its program, of which Linux keeps 15 characters. */
  readonly program: string;
  /** One letter: `Z` for one that has ended and that its parent has not asked after. */
  readonly state: string;
  /** When it began, in ticks since boot. It tells the process from a later one with its number. */
  readonly start: string;
}

/** What the system tells of a process; undefined on another system, without permission, and for a process that is gone. */
export function processStat(pid: number): ProcessStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name is in parentheses and may hold blanks and parentheses. The state is the 3rd field, and the start is the 22nd.
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  return { program: stat.slice(stat.indexOf("(") + 1, end), state: fields[0] ?? "", start: fields[19] ?? "" };
}
