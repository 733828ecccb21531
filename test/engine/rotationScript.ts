import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { CHECKOUT, ended, PulumiProject, type Run } from "./project";
import { freePort, StepCa } from "./stepCa";

/** The project of examples/ci with keys in files, and the real step-ca in its folder `ca`. */
export class RotationScript {
  readonly project: PulumiProject;
  readonly #port: number;
  #ca: StepCa | undefined;

  private constructor(project: PulumiProject, port: number) {
    this.project = project;
    this.#port = port;
  }

  /** The example with its packages installed. */
  static async create(): Promise<RotationScript> {
    const port = await freePort();
    const project = await PulumiProject.existing((directory) => {
      cpSync(join(CHECKOUT, "examples", "ci"), directory, { recursive: true });
      const program = join(directory, "index.ts");
      writeFileSync(program, readFileSync(program, "utf8").replace('":9443"', `"127.0.0.1:${String(port)}"`));
      const modules = join(directory, "node_modules");
      mkdirSync(join(modules, ".bin"), { recursive: true });
      symlinkSync(CHECKOUT, join(modules, "pulumi-kms-pki"));
      for (const name of ["@pulumi", "@types", "typescript"]) {
        symlinkSync(join(CHECKOUT, "node_modules", name), join(modules, name));
      }
      const main = join(CHECKOUT, "dist", "provider", "cli", "main.js");
      const command = join(modules, ".bin", "kms-pki");
      writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
      chmodSync(command, 0o700);
    });
    await project.setConfig("kms", "softkms");
    return new RotationScript(project, port);
  }

  /** Starts the script. step-ca reloads on SIGHUP, which is counted. */
  start(environment: Readonly<Record<string, string>> = {}): ChildProcess {
    return this.project.script("rotate.sh", {
      CA_DIR: this.caDirectory,
      CA_URL: `https://${this.address}`,
      CA_RELOAD: this.sighup,
      CA_WAIT: "30",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      ...environment,
    });
  }

  /** Runs the script to its end. */
  run(environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return ended(this.start(environment));
  }

  /** Gives the intermediate another name, as a commit would. */
  renameIntermediate(commonName: string): void {
    const settings = "intermediate: rotation === undefined ? {";
    const [, subject = ""] =
      /undefined \? \{( subject: \{ commonName: "\w+" \},)/.exec(this.project.read("index.ts")) ?? [];
    this.editProgram(settings + subject, `${settings} subject: { commonName: "${commonName}" },`);
  }

  /** Changes the program, as a commit would. */
  editProgram(from: string, to: string): void {
    const file = join(this.project.directory, "index.ts");
    const text = readFileSync(file, "utf8");
    if (!text.includes(from)) {
      throw new Error(`index.ts does not say ${from}`);
    }
    writeFileSync(file, text.replace(from, to));
  }

  /** The address of step-ca. */
  get address(): string {
    return `127.0.0.1:${String(this.#port)}`;
  }

  get caDirectory(): string {
    return join(this.project.directory, "ca");
  }

  /** A file beside ca.json. */
  inCa(name: string): string {
    return join(this.caDirectory, name);
  }

  readCa(name: string): string {
    return readFileSync(this.inCa(name), "utf8");
  }

  /** The command that signals step-ca and records that. It does nothing while step-ca is not running. */
  get sighup(): string {
    return `if [ -f ${this.#pidFile} ]; then kill -HUP "$(cat ${this.#pidFile})"; echo HUP >>${this.#signals}; fi`;
  }

  /** The number of signals to step-ca. */
  get signals(): number {
    return existsSync(this.#signals) ? readFileSync(this.#signals, "utf8").trimEnd().split("\n").length : 0;
  }

  get ca(): StepCa {
    if (this.#ca === undefined) {
      throw new Error("step-ca does not run");
    }
    return this.#ca;
  }

  /** Runs the script for the first time, and starts step-ca as soon as ca.json exists. */
  async firstRun(): Promise<Run> {
    const child = this.start();
    const run = ended(child);
    while (!existsSync(this.inCa("ca.json"))) {
      if (child.exitCode !== null) {
        throw new Error(`the script wrote no ca.json:\n${(await run).output}`);
      }
      await sleep(50);
    }
    const home = join(this.project.scratch, "step");
    this.#ca = await StepCa.start(this.caDirectory, this.project.passphraseFile, this.#port, home);
    writeFileSync(this.#pidFile, String(this.#ca.pid));
    return run;
  }

  /** The SHA-256 fingerprint of the intermediate that step-ca serves. */
  async servedIssuer(): Promise<string | undefined> {
    const socket = connect({ host: "127.0.0.1", port: this.#port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const issuer = socket.getPeerX509Certificate()?.issuerCertificate;
    socket.destroy();
    return issuer?.fingerprint256;
  }

  /** The process of the `pulumi up` that a run of the script started and that holds the stack's lock. */
  async pulumiOf(script: ChildProcess): Promise<number> {
    const locks = join(this.project.scratch, "state", ".pulumi", "locks", "organization", "ci-example", "test");
    for (;;) {
      const lock = existsSync(locks) ? readdirSync(locks).find((file) => file.endsWith(".json")) : undefined;
      if (lock !== undefined) {
        return (JSON.parse(readFileSync(join(locks, lock), "utf8")) as { pid: number }).pid;
      }
      if (script.exitCode !== null) {
        throw new Error("the script ended");
      }
      await sleep(10);
    }
  }

  /** The folder of ca.json without step-ca's database: each file's content and modification time. */
  snapshot(): Record<string, string> {
    const files = readdirSync(this.caDirectory, { recursive: true, encoding: "utf8" }).filter(
      (file) => !file.startsWith("db"),
    );
    return Object.fromEntries(
      files.sort().map((file) => {
        const { mtimeMs, ino } = statSync(this.inCa(file));
        const content = statSync(this.inCa(file)).isFile() ? this.readCa(file) : "";
        return [file, `${String(mtimeMs)} ${String(ino)} ${content}`];
      }),
    );
  }

  async stop(): Promise<void> {
    await this.#ca?.stop();
    this.project.remove();
  }

  get #pidFile(): string {
    return join(this.project.scratch, "step-ca.pid");
  }

  get #signals(): string {
    return join(this.project.scratch, "signals");
  }
}
