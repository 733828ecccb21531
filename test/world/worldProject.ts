import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { compileFunction } from "node:vm";
// It must come before the code whose calls it counts.
import "../fixtures/providerCalls";
import * as pulumi from "@pulumi/pulumi";

import * as pki from "../../provider";
import { kmsPki } from "../../provider/cli/kmsPki";
import { currentTime } from "../../provider/words/clock";
import { CHECKOUT, PASSPHRASE, type Run, type StateResource, UP, UP_WITHOUT_PREVIEW } from "../engine/project";
import type { StackProject } from "../engine/stackProject";
import { inEnvironment } from "../fixtures/environment";
import type { CutOff } from "./deploymentRun";
import { type Properties, revealed } from "./propertyValue";
import { EMPTY_STATE, type RecordedResource, type RecordedState } from "./recordedState";
import type { Step } from "./report";
import { type RunOptions, runOnce, type RunResult } from "./run";
import { StackConfig } from "./stackConfig";

const STACK = "test";
const load = createRequire(__filename);
/** The placeholder of a secret in an exported state. */
const CIPHERTEXT = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "" };

/**
 * A Pulumi project whose stack runs in this process: the same resources, lifecycles and programs as in a
 * {@link PulumiProject}, with the same methods, but with the tests' own engine, which costs almost nothing.
 *
 * It has no CLI, no state file, and no processes to kill. It allows one run at a time, because program and providers
 * use this process's current folder and environment while they run.
 */
export class WorldProject implements StackProject {
  readonly directory: string;
  /** The steps of the last run other than a preview. */
  steps: readonly Step[] = [];
  readonly #base: string;
  readonly #project: string;
  readonly #workingDirectory: string;
  readonly #config: StackConfig;
  readonly #environment: Record<string, string> = {};
  #program: () => unknown;
  #state: RecordedState = EMPTY_STATE;

  private constructor(project: string, prepare: (directory: string) => string, program: () => unknown) {
    this.#base = mkdtempSync(join(tmpdir(), "kms-pki-world-"));
    this.directory = join(this.#base, "project");
    mkdirSync(this.directory);
    writeFileSync(this.passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    this.#project = project;
    this.#workingDirectory = prepare(this.directory);
    this.#program = program;
    this.#config = new StackConfig(this.directory);
    this.setEnvironment({ KMS_PKI_PASSPHRASE_FILE: this.passphraseFile, KMS_PKI_PASSPHRASE: "" });
    this.#installCli();
  }

  /** The root stack, as in a clone of this repository. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<WorldProject> {
    const project = new WorldProject("kms-pki", prepareRootStack, runRootStack);
    for (const [key, value] of Object.entries(config)) {
      await project.setConfig(key, value);
    }
    return project;
  }

  /**
   * A project of a user who installed the package.
   *
   * @param program the body of a CommonJS program in which `pulumi` and `pki` are defined
   */
  static program(program: string): Promise<WorldProject> {
    const project = new WorldProject("acme", prepareProgram, () => undefined);
    project.setProgram(program);
    return Promise.resolve(project);
  }

  /** A copy of this project as it is now: files, settings, state and environment. */
  copy(): WorldProject {
    const prepare = (directory: string): string => {
      cpSync(this.directory, directory, { recursive: true, verbatimSymlinks: true });
      return join(directory, relative(this.directory, this.#workingDirectory));
    };
    const copy = new WorldProject(this.#project, prepare, this.#program);
    copy.#config.takeAll(this.#config);
    copy.#state = this.#state;
    for (const [name, value] of Object.entries(this.#environment)) {
      copy.#environment[name] = value.replaceAll(this.#base, copy.#base);
    }
    return copy;
  }

  get passphraseFile(): string {
    return join(this.#base, "passphrase");
  }

  get scratch(): string {
    return this.#base;
  }

  setProgram(program: string): void {
    const run = compileFunction(program, ["exports", "pulumi", "pki"]) as (...values: readonly object[]) => void;
    this.runsProgram(() => {
      const exports = {};
      run(exports, pulumi, pki);
      return exports;
    });
  }

  /** Sets the program as a function that returns the stack's outputs. */
  runsProgram(program: () => unknown): void {
    this.#program = program;
  }

  setEnvironment(values: Readonly<Record<string, string>>): void {
    Object.assign(this.#environment, values);
  }

  /** The plugins of the tests are always present. */
  usePlugin(): void {
    // There is nothing to install.
  }

  /** Runs a CLI command, if tests here use it. */
  async pulumi(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    const [command = "", ...rest] = args;
    switch (command) {
      case "up":
      case "destroy":
      case "refresh":
      case "preview":
        return this.#runs(command, rest, environment);
      case "config":
        return said(this.#configure(rest.filter((word) => !word.startsWith("--"))));
      case "stack":
        return said(rest[0] === "export" ? await this.exportedState() : JSON.stringify(await this.outputs()));
      default:
        throw new Error(`the world knows no pulumi ${command}`);
    }
  }

  async succeed(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    const run = await this.pulumi(args, environment);
    if (run.code !== 0) {
      throw new Error(`pulumi ${args.join(" ")} ended with ${String(run.code ?? run.signal)}:\n${run.output}`);
    }
    return run;
  }

  /** Runs an `up` that is cut off at a moment as by a kill. Only what was recorded by then remains. */
  async cutOff(at: CutOff): Promise<void> {
    const { wasCutOff, report } = await this.#runOnce("up", { cutOff: at }, {});
    if (!wasCutOff) {
      throw new Error(`the run was not cut off:\n${report.toString()}`);
    }
  }

  /** Clears unfinished operations, as `kms-pki recover` does after a kill. */
  recover(): void {
    this.#state = { ...this.#state, pending: [] };
  }

  setConfig(key: string, value: string): Promise<void> {
    this.#config.set(key, value);
    return Promise.resolve();
  }

  setConfigObject(key: string, value: object): Promise<void> {
    this.#config.setObject(key, value);
    return Promise.resolve();
  }

  /** Calls the `kms-pki` command in this process. A `pulumi` that answers from the state is on its PATH. */
  async kmsPki(args: readonly string[]): Promise<Run> {
    writeFileSync(join(this.#base, "outputs.json"), JSON.stringify(await this.outputs()));
    writeFileSync(join(this.#base, "state.json"), await this.exportedState());
    const entries = Object.entries(this.#config.values).map(([key, value]) => [key, { value, secret: false }]);
    writeFileSync(join(this.#base, "config.json"), JSON.stringify(Object.fromEntries(entries)));
    const [stdout, all]: string[][] = [[], []];
    const PATH = `${join(this.#base, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
    const calls = this.#configCalls;
    rmSync(calls, { force: true });
    const code = await inEnvironment({ ...this.#environment, PATH }, () =>
      kmsPki(args, {
        cwd: this.directory,
        environment: process.env,
        now: () => currentTime(),
        stdin: () => Promise.resolve(""),
        out: (line) => {
          stdout?.push(line);
          all?.push(line);
        },
        err: (line) => all?.push(line),
      }),
    );
    this.#takeSettings(join(this.#base, "set.json"));
    const set = existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [];
    for (let at = 0; at < set.length; at += 2) {
      this.#config.set(set[at] ?? "", set[at + 1] ?? "");
    }
    return { code, signal: null, output: `${all?.join("\n") ?? ""}\n`, stdout: `${stdout?.join("\n") ?? ""}\n` };
  }

  /** Takes the settings that the command has set by `pulumi config set-all --json`, if it has. */
  #takeSettings(file: string): void {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "{}";
    rmSync(file, { force: true });
    const settings = JSON.parse(text) as Record<string, { value: string; objectValue?: object }>;
    for (const [key, { value, objectValue }] of Object.entries(settings)) {
      this.#config.setObject(key, objectValue ?? value);
    }
  }

  up(environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return this.succeed(UP, environment);
  }

  async unprotect(): Promise<void> {
    await this.setConfig("kms-pki:deletionProtection", "false");
    await this.succeed(UP_WITHOUT_PREVIEW);
  }

  outputs(): Promise<Record<string, unknown>> {
    const stack = this.#state.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
    return Promise.resolve({ ...(revealed(stack?.outputs ?? {}) as Properties) });
  }

  async output(name: string): Promise<string> {
    const value = (await this.outputs())[name];
    if (typeof value !== "string") {
      throw new Error(`output ${name} is ${JSON.stringify(value)}`);
    }
    return value;
  }

  exportedState(): Promise<string> {
    const { resources, pending } = this.#state;
    const deployment = { resources: resources.map(withoutSecrets), pending_operations: pending };
    return Promise.resolve(JSON.stringify({ version: 3, deployment }));
  }

  /** The whole state, including secrets. */
  snapshot(): string {
    return JSON.stringify(this.#state);
  }

  /** Restores a {@link snapshot}. Files and keys stay unchanged. */
  restore(snapshot: string): void {
    this.#state = JSON.parse(snapshot) as RecordedState;
  }

  state(): Promise<{ resources: StateResource[]; pending: unknown[] }> {
    return Promise.resolve({ resources: [...this.#state.resources], pending: [...this.#state.pending] });
  }

  editState(change: (resource: StateResource) => object): Promise<void> {
    const resources = this.#state.resources.map(change) as RecordedResource[];
    this.#state = { ...this.#state, resources };
    return Promise.resolve();
  }

  forget(isLost: (urn: string) => boolean): Promise<void> {
    const kept = this.#state.resources.filter(({ urn }) => !isLost(urn));
    const text = JSON.stringify({ ...this.#state, resources: kept }, (_name, value: unknown) =>
      Array.isArray(value) ? value.filter((item) => typeof item !== "string" || !isLost(item)) : value,
    );
    this.#state = JSON.parse(text) as RecordedState;
    return Promise.resolve();
  }

  resource(name: string): Promise<StateResource> {
    const found = this.#state.resources.filter(({ urn }) => urn.endsWith(`::${name}`));
    const [resource] = found;
    return resource === undefined || found.length !== 1
      ? Promise.reject(new Error(`${String(found.length)} resources are called ${name}`))
      : Promise.resolve(resource);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), "utf8");
  }

  remove(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** What `pulumi config set --path` was told: a line for each path, and one for each value. */
  get #configCalls(): string {
    return join(this.#base, "config-calls");
  }

  #configure([command, path = "", value = ""]: readonly string[]): string {
    if (command === "get") {
      return `${this.#config.values[path] ?? ""}\n`;
    }
    if (command === "rm") {
      this.#config.remove(path);
    } else {
      this.#config.set(path, value);
    }
    return "";
  }

  async #runs(
    command: "up" | "destroy" | "refresh" | "preview",
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<Run> {
    const kind = command === "preview" ? "up" : command;
    const previewsOnly = command === "preview" || args.includes("--preview-only");
    const options = { diff: args.includes("--diff"), runsProgram: args.includes("--run-program") };
    const outputs: string[] = [];
    let last: RunResult | undefined;
    for (const preview of previewsOnly ? [true] : args.includes("--skip-preview") ? [false] : [true, false]) {
      last = await this.#runOnce(kind, { ...options, preview }, environment);
      outputs.push(last.report.toString());
      if (last.report.errors.length === 0 && args.includes("--expect-no-changes") && last.report.hasChanges) {
        last.report.errors.push("no changes were expected");
        outputs.push("error: no changes were expected but changes were proposed");
      }
      if (last.report.errors.length > 0) {
        return said(outputs.join("\n"), 1);
      }
    }
    return said(outputs.join("\n"));
  }

  async #runOnce(
    kind: RunOptions["kind"],
    options: Partial<RunOptions>,
    environment: Readonly<Record<string, string>>,
  ): Promise<RunResult> {
    const result = await runOnce(
      {
        ...{ stack: STACK, project: this.#project, config: this.#config.values, program: this.#program },
        directory: this.#workingDirectory,
        environment: { ...this.#environment, ...environment },
      },
      this.#state,
      { kind, preview: false, diff: false, runsProgram: false, ...options },
    );
    if (options.preview !== true) {
      // In the form that a state has after it was written to a file.
      this.#state = JSON.parse(JSON.stringify(result.state)) as RecordedState;
      this.steps = result.report.steps;
    }
    return result;
  }

  #installCli(): void {
    const bin = join(this.#base, "bin");
    mkdirSync(bin);
    const answers = ["output", "export"].map((what, index) => {
      const file = join(this.#base, ["outputs.json", "state.json"][index] ?? "");
      return `  "stack ${what}") exec cat '${file}' ;;`;
    });
    const config = [
      `  "config --json") exec cat '${join(this.#base, "config.json")}' ;;`,
      `  "config set-all") printf '%s' "$4" > '${join(this.#base, "set.json")}'; exit ;;`,
      `  "config set") printf '%s\\n' "$4" "$5" >>'${this.#configCalls}'; exit ;;`,
    ];
    const script = [
      "#!/bin/sh",
      'case "$1 $2" in',
      ...answers,
      ...config,
      "esac",
      'echo "no pulumi $*" >&2',
      "exit 1",
      "",
    ];
    writeFileSync(join(bin, "pulumi"), script.join("\n"), { mode: 0o755 });
  }
}

/** @returns the current folder of the program, from which it finds the package */
function prepareRootStack(directory: string): string {
  for (const file of ["Pulumi.yaml", "package.json"]) {
    cpSync(join(CHECKOUT, file), join(directory, file));
  }
  const dist = join(directory, "dist");
  mkdirSync(dist);
  symlinkSync(join(CHECKOUT, "dist", "provider"), join(dist, "provider"));
  symlinkSync(join(CHECKOUT, "node_modules"), join(directory, "node_modules"));
  return dist;
}

/** Loading the module of the root stack runs its program. */
function runRootStack(): unknown {
  const main = join(CHECKOUT, "dist", "index.js");
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- so that it is loaded, and runs, once more
  delete require.cache[main];
  return load(main) as unknown;
}

function prepareProgram(directory: string): string {
  const modules = join(directory, "node_modules");
  mkdirSync(modules);
  symlinkSync(CHECKOUT, join(modules, "pulumi-kms-pki"));
  if (!existsSync(join(directory, "Pulumi.yaml"))) {
    writeFileSync(join(directory, "Pulumi.yaml"), "name: acme\nruntime: nodejs\n");
  }
  return directory;
}

function said(output: string, code = 0): Run {
  return { code, signal: null, output, stdout: output };
}

function withoutSecrets(resource: RecordedResource): object {
  return JSON.parse(JSON.stringify(resource), (_name, value: unknown) =>
    typeof value === "object" && value !== null && Object.values(value).includes(Object.values(CIPHERTEXT)[0])
      ? CIPHERTEXT
      : value,
  ) as object;
}
