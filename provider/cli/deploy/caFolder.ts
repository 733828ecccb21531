import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cksum } from "./cksum";
import type { HostSettings } from "./deploySettings";
import { HostClock } from "./hostClock";
import { HostFailure, type HostShell } from "./hostShell";
import { type SentFile, tarArchive } from "./tarArchive";

/** The package's folder. This file is in `dist/provider/cli/deploy`. */
const PACKAGE = join(__dirname, "..", "..", "..", "..");

/** What precedes an answer. What comes before is the login shell's, such as a greeting. */
const ANSWER = "kms-pki answers:\n";

let script: string | undefined;

/** What is in the folder of ca.json on a host. */
export interface Presence {
  /** The clock of the host; undefined if it did not say the time. */
  readonly clock: HostClock | undefined;
  /** The run that hands over, or did so and was cut off; undefined if there is none. */
  readonly owner: string | undefined;
  /** Whether that run began longer ago than a handover takes. */
  readonly isOld: boolean;
  /** Whether every user of the host can read ca.json. */
  readonly isOpen: boolean;
  /** Whether there is an identical file, under its own or another name. */
  has(file: SentFile, as?: string): boolean;
  /** Whether there is a key file. */
  hasKey(path: string): boolean;
}

/** The folder of ca.json on a host of step-ca. Each method is one command there, and throws `HostFailure` if it fails. */
export class CaFolder {
  readonly #shell: HostShell;
  readonly #directory: string;
  readonly #staleMinutes: number;

  constructor({ directory, waitSeconds }: HostSettings, shell: HostShell) {
    this.#shell = shell;
    this.#directory = directory;
    this.#staleMinutes = staleMinutes(waitSeconds);
  }

  /** Asks which of some files and key files are there. */
  async present(names: readonly string[], keyFiles: readonly string[]): Promise<Presence> {
    const began = Date.now(); // the clock of the system, as openssl and step-ca know no other
    const answer = await this.#run(
      ["present", String(this.#staleMinutes), ...new Set([...names, ...keyFiles])].join(" "),
    );
    const lines = answer.toString("utf8").split("\n");
    const says = lines.find((line) => /^clock \d+$/.test(line))?.slice("clock ".length);
    const owner = lines.find((line) => line.startsWith("hand-over "));
    return {
      clock: says === undefined ? undefined : new HostClock(Number(says), [began, Date.now()]),
      owner: owner?.slice("hand-over ".length),
      isOld: lines.includes("old"),
      isOpen: lines.includes("open"),
      has: ({ name, content }, as = name) => lines.includes(`file ${cksum(content)} ${as}`),
      hasKey: (path) => lines.includes(`key ${path}`),
    };
  }

  /** The content of those of some files that are there, relative to the folder or absolute. */
  async show(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#run(["show", ...names].join(" "));
    const found = new Map<string, string>();
    for (let at = 0; at < answer.length;) {
      const begin = answer.indexOf("\n", at) + 1;
      const [, size = "", name = ""] = /^(\d+) (.+)\n$/.exec(answer.toString("utf8", at, begin)) ?? [];
      const end = begin + Number(size);
      if (size === "" || end > answer.length) {
        throw new HostFailure(null, "it answered something else than the files that it was asked for");
      }
      found.set(name, answer.toString("utf8", begin, end));
      at = end;
    }
    return found;
  }

  /**
   * Takes the lock on the folder.
   *
   * @param dead the run whose lock is replaced
   */
  async begin(run: string, dead: string | undefined): Promise<void> {
    await this.#run(`begin ${run}${dead === undefined ? "" : ` '${dead}'`}`);
  }

  /** Writes files. Each appears whole. */
  async receive(run: string, files: readonly SentFile[]): Promise<void> {
    await this.#run(`receive ${run}`, tarArchive(files));
  }

  /** Makes `ca.next.json` the ca.json. */
  async switch(run: string): Promise<void> {
    await this.#run(`switch ${run}`);
  }

  /** Runs the command that signals step-ca. */
  async reload(command: string): Promise<void> {
    // In a shell of its own, in which no function of ours has the name of a program.
    await this.#shell.run(`set -eu\ncd ${this.#directory}\n${command}`);
  }

  /** Confirms that ca.json is served. */
  async accept(run: string): Promise<void> {
    await this.#run(`accept ${run}`);
  }

  /** Puts the ca.json from before the handover back. Returns whether there was one. */
  async restore(run: string): Promise<boolean> {
    return (await this.#run(`restore ${run}`)).toString("utf8").trim() !== "none";
  }

  /** Releases the lock. */
  async finish(run: string): Promise<void> {
    await this.#run(`finish ${run}`);
  }

  /** Returns what the command prints. */
  async #run(command: string, input?: Uint8Array): Promise<Buffer> {
    script ??= readFileSync(join(PACKAGE, "provider", "cli", "deploy", "onHost.sh"), "utf8");
    // In English, so that what a program there says can be understood.
    const output = await this.#shell.run(
      `LC_ALL=C CA_DIR=${this.#directory}\nexport LC_ALL\n${script}\nprintf '${ANSWER.trimEnd()}\\n'\n${command}`,
      input,
    );
    const begin = output.indexOf(ANSWER);
    if (begin < 0) {
      throw new HostFailure(null, "it ran no script for a POSIX shell, although it says that it did");
    }
    return output.subarray(begin + ANSWER.length);
  }
}

/** After how many minutes the lock of a run that cannot be proven dead is taken over: longer than a handover takes. */
export function staleMinutes(waitSeconds: number): number {
  return 10 + Math.floor(waitSeconds / 30);
}
