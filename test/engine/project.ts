import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findTool } from "../tools";
import { endProcessesOf } from "./projectProcesses";
import { StackBackend } from "./stackBackend";
import { StackSelection } from "./stackSelection";
import { StackSettings } from "./stackSettings";

/** The checkout, whose compiled tests are in dist/test/engine. */
export const CHECKOUT = join(__dirname, "..", "..", "..");

/** The passphrase of every stack and key directory in these tests. They search for it where it must not be. */
export const PASSPHRASE = "correct-horse-battery-staple";

/** Deploys as a user does, so that the messages and refusals of a preview show up here too. */
export const UP = ["up", "--yes"];

/**
 * Skips a preview that would only repeat another and takes as long as the run: in kill matrices, rotations over years, set-up, the
 * proof that nothing is left to do, and when stacks end (a destroy is never previewed here). Everything else runs
 * {@link UP}.
 */
export const UP_WITHOUT_PREVIEW = ["up", "--yes", "--skip-preview"];

/** The initial stack of every project. */
const STACK = "test";

/** How a run of the CLI ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error, in order of arrival. */
  readonly output: string;
  readonly stdout: string;
}

/** A resource in an exported state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly protect?: boolean;
}

/**
 * A Pulumi project in its own folder, with a file backend beside it, driven through the real CLI.
 */
export class PulumiProject {
  /** The initial stack of each project. The CLI makes it once in this process. */
  static #template: Promise<PulumiProject> | undefined;
  readonly directory: string;
  readonly #base: string;
  readonly #environment: Record<string, string>;

  private constructor() {
    this.#base = mkdtempSync(join(tmpdir(), "kms-pki-test-"));
    this.directory = join(this.#base, "project");
    mkdirSync(this.directory);
    mkdirSync(this.#state);
    writeFileSync(this.passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    const pulumi = findTool("pulumi");
    this.#environment = {
      PATH: `${pulumi === undefined ? "" : dirname(pulumi)}${delimiter}${process.env["PATH"] ?? ""}`,
      HOME: process.env["HOME"] ?? this.#base,
      PULUMI_BACKEND_URL: `file://${this.#state}`,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      KMS_PKI_PASSPHRASE_FILE: this.passphraseFile,
      ...compileCache(),
    };
  }

  /** The root stack, as in a clone of this repository. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<PulumiProject> {
    const project = new PulumiProject();
    for (const file of ["Pulumi.yaml", "package.json", "dist/index.js"]) {
      cpSync(join(CHECKOUT, file), join(project.directory, file));
    }
    // The provider's working directory is dist, so this refers to the project's own.
    for (const folder of ["dist/stack", "dist/provider", "node_modules"]) {
      symlinkSync(join(CHECKOUT, folder), join(project.directory, folder));
    }
    await project.#initialize(config);
    return project;
  }

  /**
   * A project of a user who installed the package.
   *
   * @param program the body of a CommonJS program in which `pulumi` and `pki` are defined
   */
  static async program(program: string, config: Readonly<Record<string, string>> = {}): Promise<PulumiProject> {
    const project = new PulumiProject();
    const modules = join(project.directory, "node_modules");
    mkdirSync(modules);
    symlinkSync(CHECKOUT, join(modules, "pulumi-kms-pki"));
    symlinkSync(join(CHECKOUT, "node_modules", "@pulumi"), join(modules, "@pulumi"));
    writeFileSync(
      join(project.directory, "Pulumi.yaml"),
      "name: acme\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n",
    );
    writeFileSync(join(project.directory, "package.json"), '{ "name": "acme", "private": true }\n');
    project.setProgram(program);
    await project.#initialize(config);
    return project;
  }

  /** A project whose files the caller made in a folder. */
  static async existing(prepare: (directory: string) => void): Promise<PulumiProject> {
    const project = new PulumiProject();
    prepare(project.directory);
    await project.#initialize({});
    return project;
  }

  /** A copy of this project as it is now: files, settings, state and environment. */
  copy(): PulumiProject {
    const copy = new PulumiProject();
    cpSync(this.#base, copy.#base, { recursive: true, verbatimSymlinks: true });
    for (const [name, value] of Object.entries(this.#environment)) {
      copy.#environment[name] = value.replaceAll(this.#base, copy.#base);
    }
    copy.#selection.select(STACK);
    return copy;
  }

  get passphraseFile(): string {
    return join(this.#base, "passphrase");
  }

  /** The selected stack. */
  get stack(): string {
    return this.#selection.stack;
  }

  /** The environment of every command. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  /** A folder outside the project that is removed with it. */
  get scratch(): string {
    return this.#base;
  }

  /** Sets the program. It loads the SDK and this package only if the program uses them. */
  setProgram(program: string): void {
    const imports = [
      ...(program.includes("pulumi.") ? ['const pulumi = require("@pulumi/pulumi");'] : []),
      ...(program.includes("pki.") ? ['const pki = require("pulumi-kms-pki");'] : []),
    ];
    writeFileSync(join(this.directory, "index.js"), ['"use strict";', ...imports, program, ""].join("\n"));
  }

  /** Sets variables for every later command of this project. */
  setEnvironment(values: Readonly<Record<string, string>>): void {
    Object.assign(this.#environment, values);
  }

  /** Makes the CLI use a resource plugin from a folder. */
  usePlugin(name: string, directory: string): void {
    const file = join(this.directory, "Pulumi.yaml");
    const text = readFileSync(file, "utf8");
    // The list of the plugins, once it is there, is at the end.
    const list = /^plugins:$/m.test(text) ? "" : "plugins:\n  providers:\n";
    writeFileSync(file, `${text}${list}    - name: ${name}\n      path: ${directory}\n`);
  }

  /** Starts the CLI. */
  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.directory,
      env: { ...this.#environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return child;
  }

  /** Runs the CLI to its end. */
  pulumi(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return ended(this.start(args, environment));
  }

  /** Runs the CLI, and throws if it fails. */
  async succeed(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    const run = await this.pulumi(args, environment);
    if (run.code !== 0) {
      throw new Error(`pulumi ${args.join(" ")} ended with ${String(run.code ?? run.signal)}:\n${run.output}`);
    }
    return run;
  }

  /** Sets what `pulumi config set --path` sets. */
  async setConfig(key: string, value: string): Promise<void> {
    if (this.#settings.areOurs) {
      this.#settings.set(key, value);
    } else {
      await this.succeed(["config", "set", "--path", key, value]);
    }
  }

  /** Sets a setting that is an object, as you would in the stack's file. */
  setConfigObject(key: string, value: object): Promise<void> {
    this.#settings.setValue(key, value);
    return Promise.resolve();
  }

  /** Removes a setting, whatever its form. */
  removeConfig(key: string): void {
    this.#settings.remove(key);
  }

  /** The setting as in the stack's file. */
  config(key: string): unknown {
    return this.#settings.get(key);
  }

  /** Starts a command of an installed package. */
  npx(command: string, args: readonly string[]): ChildProcess {
    return spawn(join(this.directory, "node_modules", ".bin", command), args, {
      cwd: this.directory,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Starts a script of the project. */
  script(path: string, environment: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(join(this.directory, path), [], {
      cwd: this.directory,
      env: { ...this.#environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs the `kms-pki` command of this checkout in the project folder. */
  kmsPki(args: readonly string[]): Promise<Run> {
    return ended(
      spawn(process.execPath, [join(CHECKOUT, "dist", "provider", "cli", "main.js"), ...args], {
        cwd: this.directory,
        env: this.#environment,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** Runs {@link UP}. */
  up(environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return this.succeed(UP, environment);
  }

  /** Turns deletion protection off as in README, with a separate `up`. */
  async unprotect(): Promise<void> {
    await this.setConfig("kms-pki:deletionProtection", "false");
    await this.succeed(UP_WITHOUT_PREVIEW);
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { outputs } = this.#backend;
    if (outputs !== undefined) {
      return { ...outputs };
    }
    const { stdout } = await this.succeed(["stack", "output", "--json", "--show-secrets"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** A string output: `rootKey`, or `ca.rootKey` of an authority that the program exports. */
  async output(name: string): Promise<string> {
    const find = (outputs: unknown, part: string): unknown => (outputs as Record<string, unknown> | undefined)?.[part];
    const value = name.split(".").reduce(find, await this.outputs());
    if (typeof value !== "string") {
      throw new Error(`output ${name} is ${JSON.stringify(value)}`);
    }
    return value;
  }

  /** The output of `pulumi stack export`. */
  exportedState(): Promise<string> {
    return Promise.resolve(this.#backend.exported);
  }

  state(): Promise<{ resources: StateResource[]; pending: unknown[] }> {
    const { resources = [], pending_operations: pending = [] } = this.#backend.deployment;
    return Promise.resolve({ resources: [...resources], pending: [...pending] });
  }

  /** Changes the recorded resources, as a killed run may leave them. */
  async editState(change: (resource: StateResource) => object): Promise<void> {
    this.#backend.replaceResources((await this.state()).resources.map(change) as StateResource[]);
  }

  /** Removes resources from the recorded state, as if a run had been cut off before it recorded them. */
  async forget(isLost: (urn: string) => boolean): Promise<void> {
    // Dependencies on missing resources would be refused.
    const text = JSON.stringify(
      (await this.state()).resources.filter(({ urn }) => !isLost(urn)),
      (_name, value: unknown) =>
        Array.isArray(value) ? value.filter((item) => typeof item !== "string" || !isLost(item)) : value,
    );
    this.#backend.replaceResources(JSON.parse(text) as StateResource[]);
  }

  /** The only resource with a name. */
  async resource(name: string): Promise<StateResource> {
    const found = (await this.state()).resources.filter(({ urn }) => urn.endsWith(`::${name}`));
    const [resource] = found;
    if (resource === undefined || found.length !== 1) {
      throw new Error(`${String(found.length)} resources are called ${name}`);
    }
    return resource;
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), "utf8");
  }

  /** Removes the project if it still exists, and ends the processes that its killed runs left. */
  remove(): void {
    endProcessesOf(this.#base);
    if (existsSync(this.directory)) {
      this.#selection.remove();
    }
    rmSync(this.#base, { recursive: true, force: true });
  }

  get #name(): string {
    return /^name: *(\S+)$/m.exec(this.read("Pulumi.yaml"))?.[1] ?? "";
  }

  get #backend(): StackBackend {
    return new StackBackend(this.#state, this.#name, this.#selection.stack);
  }

  get #state(): string {
    return join(this.#base, "state");
  }

  get #selection(): StackSelection {
    const { HOME: home = "", PULUMI_BACKEND_URL: backend = "" } = this.#environment;
    return new StackSelection({ home, backend, directory: this.directory, project: this.#name });
  }

  get #settingsFile(): string {
    return join(this.directory, `Pulumi.${this.#selection.stack}.yaml`);
  }

  get #settings(): StackSettings {
    return new StackSettings(this.#settingsFile, this.#name);
  }

  async #initialize(config: Readonly<Record<string, string>>): Promise<void> {
    PulumiProject.#template ??= PulumiProject.#makeTemplate();
    const template = await PulumiProject.#template;
    this.#selection.select(STACK);
    this.#backend.copyFrom(template.#backend);
    cpSync(template.#settingsFile, this.#settingsFile);
    for (const [key, value] of Object.entries(config)) {
      await this.setConfig(key, value);
    }
  }

  static async #makeTemplate(): Promise<PulumiProject> {
    const template = new PulumiProject();
    process.once("exit", () => {
      template.remove();
    });
    writeFileSync(join(template.directory, "Pulumi.yaml"), "name: template\nruntime: nodejs\n");
    await template.succeed(["stack", "init", STACK]);
    return template;
  }
}

/** Node's compile cache, if the test run enables it, because an `up` mostly loads code. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE: directory } = process.env;
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}

/** Far more than any run needs. */
const RUN_MILLISECONDS = 600_000;

/** Waits for a process, and collects its output. */
export function ended(child: ChildProcess): Promise<Run> {
  let output = "";
  let stdout = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${child.spawnargs.join(" ")} did not end:\n${output}`));
    }, RUN_MILLISECONDS);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, output, stdout });
    });
  });
}
