import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The clock of processor times in /proc. */
const TICKS_PER_SECOND = 100;

/** A process in /proc. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Its processor seconds so far, with those of its children that have ended. */
  readonly seconds: number;
}

/** The processor seconds that this process's own took so far, with those they started, by the names of the programs. Linux only. */
export function processorTimes(names: readonly string[]): ReadonlyMap<string, number> {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess);
  const ours = new Set([process.pid]);
  for (let known = 0; known < ours.size;) {
    known = ours.size;
    for (const { pid } of processes.filter(({ parent }) => ours.has(parent))) {
      ours.add(pid);
    }
  }
  const times = new Map(names.map((name) => [name, 0]));
  for (const { name, seconds } of processes.filter(({ pid }) => ours.has(pid))) {
    const before = times.get(name);
    if (before !== undefined) {
      times.set(name, before + seconds);
    }
  }
  return times;
}

function readProcess(pid: string): Process[] {
  try {
    const stat = readFileSync(join("/proc", pid, "stat"), "utf8");
    const [, name = ""] = /\((.*)\)/.exec(stat) ?? [];
    // After the name: the state, the parent, and from the twelfth field on the times of the process and of its ended children.
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
    return [{ pid: Number(pid), parent: fields[1] ?? 0, name, seconds: ticks / TICKS_PER_SECOND }];
  } catch {
    return []; // it has just ended
  }
}
