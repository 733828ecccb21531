import { type ChildProcess } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { until } from "../fixtures/waiting";
import { StepCaHost } from "../cli/deploy/stepCaHost";
import { CHECKOUT, ended, PulumiProject, type Run } from "./project";
import { freePort } from "../fixtures/freePort";

/** The project of examples/ci with keys in files, and the real step-ca in its folder `ca`. */
export class DeployProject {
  readonly project: PulumiProject;
  readonly host: StepCaHost;

  private constructor(project: PulumiProject, host: StepCaHost) {
    this.project = project;
    this.host = host;
  }

  /** The example with its packages installed. */
  static async create(): Promise<DeployProject> {
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
    project.setEnvironment({ PULUMI_NODEJS_TRANSPILE_ONLY: "true" });
    await project.setConfig("kms", "softkms");
    const host = new StepCaHost(join(project.directory, "ca"), port, project.scratch);
    return new DeployProject(project, host);
  }

  /** Sets the host in the stack's config. step-ca reloads on SIGHUP, which is counted. */
  async setHost(): Promise<void> {
    const { directory, address, sighup } = this.host;
    const host = { directory, url: `https://${address}`, reload: sighup, wait: "30s" };
    await this.project.setConfigObject("kms-pki:deploy", { hosts: [host] });
  }

  /** Starts `kms-pki deploy`. */
  start(): ChildProcess {
    return this.project.npx("kms-pki", ["deploy"]);
  }

  /** Runs `kms-pki deploy` to its end. */
  run(): Promise<Run> {
    return ended(this.start());
  }

  /** Gives the intermediate another name, as a commit would. */
  renameIntermediate(commonName: string): void {
    const settings = "intermediate: rotation === undefined ? {";
    const [, subject = ""] =
      /undefined \? \{( subject: \{ commonName: "\w+" \},)/.exec(this.project.read("index.ts")) ?? [];
    const file = join(this.project.directory, "index.ts");
    const text = readFileSync(file, "utf8");
    if (!text.includes(settings + subject)) {
      throw new Error(`index.ts does not say ${settings + subject}`);
    }
    writeFileSync(file, text.replace(settings + subject, `${settings} subject: { commonName: "${commonName}" },`));
  }

  /** Deploys for the first time, and starts step-ca as soon as ca.json exists. */
  async firstRun(): Promise<Run> {
    const child = this.start();
    const run = ended(child);
    await until("there is a ca.json", async () => {
      if (child.exitCode !== null) {
        throw new Error(`no ca.json was written:\n${(await run).output}`);
      }
      return existsSync(this.host.inCa("ca.json"));
    });
    await this.host.start(this.project.passphraseFile);
    return run;
  }

  /** The process of the `pulumi up` that a deployment started and that holds the stack's lock. */
  async pulumiOf(deployment: ChildProcess): Promise<number> {
    const locks = join(this.project.scratch, "state", ".pulumi", "locks", "organization", "ci-example", "test");
    let lock: string | undefined;
    await until("the stack is locked", () => {
      if (deployment.exitCode !== null) {
        throw new Error("the deployment ended");
      }
      lock = existsSync(locks) ? readdirSync(locks).find((file) => file.endsWith(".json")) : undefined;
      return lock !== undefined;
    });
    return (JSON.parse(readFileSync(join(locks, String(lock)), "utf8")) as { pid: number }).pid;
  }

  async stop(): Promise<void> {
    await this.host.stop();
    this.project.remove();
  }
}
