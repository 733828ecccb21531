import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../fixtures/waiting";
import { CHECKOUT, ended, type Run } from "../../engine/project";
import { freePort } from "../../fixtures/freePort";
import { Authority, type Outputs } from "../authority";
import { call } from "../testShell";
import { StepCaHost } from "./stepCaHost";

/** An authority with keys in files, the outputs of its stack in files, and hosts of step-ca on this machine. */
export class DeployedAuthority {
  readonly authority: Authority;
  readonly hosts: readonly StepCaHost[];
  readonly #outputs: Outputs;

  private constructor(authority: Authority, outputs: Outputs, hosts: readonly StepCaHost[]) {
    this.authority = authority;
    this.#outputs = outputs;
    this.hosts = hosts;
  }

  /** The authority with the key files on each host, but no certificates and no step-ca there. */
  static async create(hostCount = 1): Promise<DeployedAuthority> {
    const authority = await Authority.create();
    const outputs = await authority.outputs({ notBefore: new Date(Date.now() - 3_600_000) });
    writeFileSync(authority.path("password"), "");
    const hosts: StepCaHost[] = [];
    for (let at = 0; at < hostCount; at += 1) {
      const scratch = authority.path(`scratch-${String(at)}`);
      mkdirSync(scratch);
      const host = new StepCaHost(join(scratch, "ca"), await freePort(), scratch);
      mkdirSync(host.directory);
      for (const key of ["intermediate", "ssh-user-key", "ssh-host-key"]) {
        cpSync(authority.path("keys", `${key}.pem`), host.inCa(`${key}.pem`));
      }
      hosts.push(host);
    }
    return new DeployedAuthority(authority, outputs, hosts);
  }

  /** The outputs of the stack. */
  get outputs(): Outputs {
    return this.#outputs;
  }

  /** Another certificate of the intermediate, in PEM. */
  reissuedIntermediate(commonName: string): Promise<string> {
    return this.authority.intermediate(this.#outputs["rootCertificate"] as string, {
      commonName,
      notBefore: new Date(Date.now() - 3_600_000),
    });
  }

  /** The only host, or the first. */
  get host(): StepCaHost {
    const [host] = this.hosts;
    if (host === undefined) {
      throw new Error("there is no host");
    }
    return host;
  }

  /** Writes the outputs of a stack, with changes of outputs and of ca.json, and returns the file. */
  writeOutputs(name: string, changes: Outputs = {}, caConfig: Outputs = {}): string {
    const file = this.authority.path(`${name}.json`);
    const outputs: Outputs = { ...this.#outputs, ...changes };
    const config = outputs["caConfig"] as Outputs;
    const { port } = this.host;
    outputs["caConfig"] = { ...config, address: `127.0.0.1:${String(port)}`, dnsNames: ["127.0.0.1"], ...caConfig };
    writeFileSync(file, JSON.stringify(outputs));
    return file;
  }

  /** Writes settings of the hosts, which all of them share but for their places, and returns the file. */
  writeTargets(settings: object = {}, hosts: readonly StepCaHost[] = this.hosts): string {
    const file = this.authority.path("targets.json");
    const all = hosts.map(({ directory, address, sighup }, at) => ({
      ...{ name: `ca${String(at + 1)}`, directory, url: `https://${address}`, reload: sighup, wait: "30s" },
      ...settings,
    }));
    writeFileSync(file, JSON.stringify({ hosts: all }));
    return file;
  }

  /** Starts `kms-pki deploy` of outputs in a file as a process. */
  start(outputs: string, settings: object = {}, environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const main = join(CHECKOUT, "dist", "provider", "cli", "main.js");
    const args = [main, "deploy", "--outputs", outputs, "--targets", this.writeTargets(settings)];
    return spawn(process.execPath, args, {
      cwd: this.authority.directory,
      env: { PATH: process.env["PATH"], HOME: this.authority.directory, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Deploys outputs in a file in this process. */
  async run(
    outputs: string,
    settings: object = {},
    { environment = {}, options = [] }: { environment?: Record<string, string>; options?: readonly string[] } = {},
  ): Promise<{ code: number; output: string; stdout: string }> {
    const args = ["deploy", "--outputs", outputs, "--targets", this.writeTargets(settings), ...options];
    const { exitCode, stdout, stderr } = await call(args, {
      cwd: this.authority.directory,
      environment: { PATH: process.env["PATH"], HOME: this.authority.directory, ...environment },
    });
    return { code: exitCode, output: `${stderr}\n${stdout}`, stdout };
  }

  /** Deploys for the first time, and starts step-ca as soon as ca.json exists. */
  async firstRun(outputs: string): Promise<Run> {
    const child = this.start(outputs);
    const run = ended(child);
    await until("there is a ca.json", async () => {
      if (child.exitCode !== null) {
        throw new Error(`no ca.json was written:\n${(await run).output}`);
      }
      return existsSync(this.host.inCa("ca.json"));
    });
    await this.host.start(this.authority.path("password"));
    return run;
  }

  async stop(): Promise<void> {
    for (const host of this.hosts) {
      await host.stop();
    }
    this.authority.remove();
  }
}
