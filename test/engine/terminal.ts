import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyFolder } from "../fixtures/folderCopy";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { until } from "../fixtures/waiting";
import { findTool } from "../tools";
import { CHECKOUT, ended, PulumiProject, type Run } from "./project";
import { freePort } from "../fixtures/freePort";

/** step-ca's default address. It is in use while another run of these tests is in progress. */
const DEFAULT_ADDRESS = "127.0.0.1:9443";

/** Variables that are not set in the shell after a fresh clone. */
const NOT_AFTER_CLONE = [
  ...["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"],
  ...["KMS_PKI_PASSPHRASE_FILE", "PULUMI_SKIP_UPDATE_CHECK", "CI"],
];

/** The real step-ca, and replacements of the clouds' own programs that use their emulators. */
const STAND_INS = [
  `step-ca() { exec "${findTool("step-ca") ?? "step-ca"}" "$@"; }`,
  `aws() { node -e '
    const { KMSClient, CancelKeyDeletionCommand, EnableKeyCommand } = require("@aws-sdk/client-kms");
    const [service, operation, option, KeyId] = process.argv.slice(1);
    const Command = { "cancel-key-deletion": CancelKeyDeletionCommand, "enable-key": EnableKeyCommand }[operation];
    new KMSClient({}).send(new Command({ KeyId }))' "$@"; }`,
  `gcloud() { node -e '
    const [, , , verb, name] = process.argv.slice(1);
    const url = process.env.KMS_PKI_TEST_GCP_ENDPOINT + name;
    const headers = { "content-type": "application/json", authorization: "Bearer test" };
    const call = (target, method, body) =>
      fetch(target, { method, headers, body: JSON.stringify(body) }).then((answer) => {
        if (!answer.ok) throw new Error(name + ": " + answer.status);
      });
    if (verb === "restore") call(url + ":restore", "POST", {});
    if (verb === "enable") call(url + "?updateMask=state", "PATCH", { state: "ENABLED" });' -- "$@"; }`,
];

let clone: string | undefined;

/**
 * The files of this checkout that git has or would have, committed, and what is compiled from them but for the tests, which no line of
 * the documents runs. It is made once.
 */
function cloned(): string {
  if (clone === undefined) {
    clone = temporaryDirectory();
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: clone, encoding: "utf8" });
    const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: CHECKOUT, encoding: "utf8" });
    const compiled = readdirSync(join(CHECKOUT, "dist")).filter((name) => name !== "test");
    const files = [...listed.split("\n"), ...compiled.map((name) => join("dist", name)), "policies/dist"];
    // tar keeps the times, by which make and the compiler tell that there is nothing to do.
    execFileSync("bash", ["-c", 'tar --create --null --files-from=- | tar --extract --directory="$0"', clone], {
      cwd: CHECKOUT,
      input: files.filter((name) => name !== "" && existsSync(join(CHECKOUT, name))).join("\0"),
    });
    symlinkSync(join(CHECKOUT, "node_modules"), join(clone, "node_modules"));
    // Older than what is installed: otherwise make installs, which empties the checkout's own packages.
    utimesSync(join(clone, "package-lock.json"), 0, 0);
    git("init", "--quiet");
    git("add", "--all");
    git("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "Clone");
  }
  return clone;
}

/** A shell for working on a project as the documents describe. */
export class Terminal {
  /** @param address step-ca's address in place of {@link DEFAULT_ADDRESS} */
  constructor(
    readonly project: PulumiProject,
    private readonly lacking: readonly string[] = [],
    private readonly address = DEFAULT_ADDRESS,
  ) {}

  /** The terminal of a clone: the files of this checkout that git has or would have, compiled, with packages. */
  static async inClone(): Promise<Terminal> {
    const address = `127.0.0.1:${String(await freePort())}`;
    const project = await PulumiProject.existing((directory) => {
      copyFolder(cloned(), directory);
      const settings = join(directory, "Pulumi.yaml");
      writeFileSync(settings, readFileSync(settings, "utf8").replace(DEFAULT_ADDRESS, address));
    });
    rmSync(join(project.directory, "Pulumi.test.yaml")); // of the stack in every project of these tests
    return new Terminal(project, NOT_AFTER_CLONE, address);
  }

  /** Starts commands. */
  start(commands: string, environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const file = join(this.project.scratch, "commands.sh");
    const lines = [
      "#!/usr/bin/env bash",
      "set -eo pipefail",
      `unset NOTHING ${this.lacking.join(" ")}`,
      ...STAND_INS,
      commands.replaceAll(DEFAULT_ADDRESS, this.address),
    ];
    writeFileSync(file, lines.join("\n"), { mode: 0o755 });
    // A person answers "yes".
    return this.project.script(join("..", "commands.sh"), { PULUMI_SKIP_CONFIRMATIONS: "true", ...environment });
  }

  /** Runs commands, and throws if one of them fails. */
  async run(commands: string, environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    const run = await ended(this.start(commands, environment));
    if (run.code !== 0) {
      throw new Error(`these commands ended with ${String(run.code ?? run.signal)}:\n${commands}\n${run.output}`);
    }
    return run;
  }

  /** Files of a clone that git would offer to commit, except the settings of stacks. */
  untracked(): string[] {
    const listed = execFileSync("git", ["status", "--porcelain"], { cwd: this.project.directory, encoding: "utf8" });
    return listed.split("\n").filter((line) => line.startsWith("??") && !/Pulumi\.\w+\.yaml/.test(line));
  }

  /** The process ID of the step-ca running on the project's folder `ca`. */
  get servingProcess(): number {
    return Number(this.project.read("ca/db/LOCK"));
  }
}

/** A program in the foreground of a shell, such as step-ca after `make serve`. */
export class Foreground {
  #output = "";

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
  }

  /** Waits until it has printed something. */
  static async until(child: ChildProcess, said: RegExp): Promise<Foreground> {
    const foreground = new Foreground(child);
    const hasSaid = (): boolean => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`it ended before it said ${said.source}:\n${foreground.#output}`);
      }
      return said.test(foreground.#output);
    };
    await until(`it says ${said.source}`, hasSaid, { known: () => foreground.#output });
    return foreground;
  }

  get output(): string {
    return this.#output;
  }

  /** Ends the program, whose process ID the shell does not report, and waits for the shell. */
  async stop(pid: number): Promise<void> {
    const closed = once(this.child, "close");
    process.kill(pid, "SIGTERM");
    await closed;
  }
}
