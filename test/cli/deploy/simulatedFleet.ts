import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostStatus } from "../../../provider/cli/deploy/hostStatus";
import { CHECKOUT } from "../../engine/project";
import { freePort } from "../../fixtures/freePort";
import { until } from "../../fixtures/waiting";
import { Authority } from "../authority";
import { type Phase, RotatedAuthority, type Serving } from "../rotation";
import { type Answer, call } from "../testShell";
import { SimulatedStepCa } from "./simulatedStepCa";

const HOUR_MILLISECONDS = 3_600_000;

/** An event of `kms-pki deploy --json`. */
export interface Event {
  readonly event: string;
  readonly host?: string;
  readonly message?: string;
  readonly code?: string;
  readonly exitCode?: number;
  readonly fields?: readonly string[];
}

/** How a deployment ended. */
export interface Deployed {
  readonly code: number;
  readonly events: readonly Event[];
  /** The messages, each after the name of its host. */
  readonly text: string;
}

/** Settings of hosts that differ from the usual ones, by the host's name. */
export type Changes = Readonly<Record<string, object>>;

/** Several hosts ca1, ca2, ... of a rotated authority, each with a simulated step-ca, which runs once {@link SimulatedFleet.start} was called. */
export class SimulatedFleet {
  readonly authority: Authority;
  readonly hosts: readonly SimulatedStepCa[];
  /** The settings of step-ca in the outputs. */
  serving: Serving | undefined;
  readonly #rotated: RotatedAuthority;

  private constructor(authority: Authority, rotated: RotatedAuthority, hosts: readonly SimulatedStepCa[]) {
    this.authority = authority;
    this.#rotated = rotated;
    this.hosts = hosts;
  }

  /**
   * Hosts with their key files, and without a ca.json.
   *
   * @param directoryOf the folder of a host's ca.json. Default one in the scratch folder
   */
  static async create(count: number, directoryOf?: (name: string) => string): Promise<SimulatedFleet> {
    const authority = await Authority.create();
    const rotated = await RotatedAuthority.create(authority, new Date(Date.now() - HOUR_MILLISECONDS));
    const hosts: SimulatedStepCa[] = [];
    for (let number = 1; number <= count; number += 1) {
      const name = `ca${String(number)}`;
      const scratch = authority.path(`scratch-${name}`);
      mkdirSync(scratch);
      const host = new SimulatedStepCa(
        name,
        directoryOf?.(name) ?? join(scratch, "ca"),
        await freePort(),
        scratch,
        authority,
      );
      mkdirSync(host.directory, { recursive: true });
      for (const key of readdirSync(authority.path("keys")).filter((file) => !file.startsWith("root"))) {
        cpSync(authority.path("keys", key), host.inCa(key));
      }
      hosts.push(host);
    }
    return new SimulatedFleet(authority, rotated, hosts);
  }

  get names(): string[] {
    return this.hosts.map((_, at) => `ca${String(at + 1)}`);
  }

  /** The ca.json of each host. */
  get configs(): string[] {
    return this.hosts.map((host) => host.readCa("ca.json"));
  }

  /** Writes the settings of the hosts, and returns the file. */
  writeTargets(changes: Changes = {}): string {
    const file = this.authority.path("targets.json");
    const all = this.hosts.map(({ directory, address, sighup }, at) => {
      const name = `ca${String(at + 1)}`;
      const script = this.authority.path(`scratch-${name}`, "sighup");
      writeFileSync(script, `#!/bin/sh\n${sighup}\n`, { mode: 0o700 });
      return { name, directory, url: `https://${address}`, reload: script, wait: "1s", ...changes[name] };
    });
    writeFileSync(file, JSON.stringify({ hosts: all }));
    return file;
  }

  /** Writes the outputs of the stack in a phase, and returns the file. */
  async writeOutputs(phase: Phase): Promise<string> {
    const file = this.authority.path("outputs.json");
    writeFileSync(file, JSON.stringify(await this.#rotated.outputs(phase, this.serving)));
    return file;
  }

  /** Deploys for the first time, and starts each step-ca as soon as its ca.json exists. */
  async firstRun(phase: Phase): Promise<Deployed> {
    const starting = this.hosts.map(async (host) => {
      await until(`${host.directory} has a ca.json`, () => existsSync(host.inCa("ca.json")));
      await host.start();
    });
    const deployed = await this.deploy(phase, Object.fromEntries(this.names.map((name) => [name, { wait: "20s" }])));
    await Promise.all(starting);
    return deployed;
  }

  async deploy(phase: Phase, changes: Changes = {}, options: readonly string[] = []): Promise<Deployed> {
    const { exitCode: code, stdout } = await this.#command("deploy", phase, changes, options);
    const events = stdout.split("\n").map((line) => JSON.parse(line) as Event);
    return { code, events, text: events.map(({ host = "", message = "" }) => `${host}: ${message}`).join("\n") };
  }

  /** Deploys with faults of `test/fixtures/lossyHost.sh`, which counts the commands on all hosts together. */
  deployWith(fault: string, phase: Phase, changes: Changes = {}): Promise<Deployed> {
    const calls = this.authority.path("calls");
    rmSync(calls, { recursive: true, force: true });
    mkdirSync(calls);
    const lossy = join(CHECKOUT, "test", "fixtures", "lossyHost.sh");
    const command = ["env", `CALLS=${calls}`, `FAULT=${fault}`, "sh", lossy];
    return this.deploy(phase, Object.fromEntries(this.names.map((name) => [name, { command, ...changes[name] }])));
  }

  async statuses(phase: Phase, changes: Changes = {}): Promise<{ code: number; hosts: HostStatus[] }> {
    const { exitCode: code, stdout } = await this.#command("status", phase, changes, ["--hosts"]);
    return { code, hosts: (JSON.parse(stdout) as { hosts: HostStatus[] }).hosts };
  }

  /** Keeps a copy of the folder of each host. Returns what puts it back and lets each step-ca read it. */
  keep(): () => Promise<void> {
    const folders = this.hosts.map((host, at) => ({ host, copy: this.authority.path(`kept-${String(at)}`) }));
    for (const { host, copy } of folders) {
      cpSync(host.directory, copy, { recursive: true, preserveTimestamps: true });
    }
    return async () => {
      for (const { host, copy } of folders) {
        rmSync(host.directory, { recursive: true });
        cpSync(copy, host.directory, { recursive: true, preserveTimestamps: true });
        await host.reload();
      }
    };
  }

  async stop(): Promise<void> {
    for (const host of this.hosts) {
      await host.stop();
    }
    this.authority.remove();
  }

  async #command(name: string, phase: Phase, changes: Changes, options: readonly string[]): Promise<Answer> {
    const outputs = await this.writeOutputs(phase);
    const args = [name, "--outputs", outputs, "--targets", this.writeTargets(changes), "--json", ...options];
    return call(args, { cwd: this.authority.directory, environment: { PATH: process.env["PATH"] } });
  }
}

/** The hosts of events of a kind, in their order. */
export function hostsOf(events: readonly Event[], kind: string): (string | undefined)[] {
  return events.filter(({ event }) => event === kind).map(({ host }) => host);
}
