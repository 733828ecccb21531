import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostStatus } from "../../../provider/cli/deploy/hostStatus";
import { CHECKOUT, ended } from "../../engine/project";
import { freePort } from "../../engine/stepCa";
import { missing } from "../../tools";
import { Authority } from "../authority";
import { type Phase, RotatedAuthority } from "../rotation";
import { type Answer, call } from "../testShell";
import { SimulatedStepCa } from "./simulatedStepCa";

const NAMES = ["ca1", "ca2", "ca3"] as const;
const HOUR_MILLISECONDS = 3_600_000;

interface Event {
  readonly event: string;
  readonly host?: string;
  readonly message?: string;
  readonly code?: string;
  readonly exitCode?: number;
}

void describe("kms-pki deploy to several hosts", { skip: missing("openssl") }, () => {
  let authority: Authority;
  let rotated: RotatedAuthority;
  let hosts: SimulatedStepCa[];
  before(async () => {
    authority = await Authority.create();
    rotated = await RotatedAuthority.create(authority, new Date(Date.now() - HOUR_MILLISECONDS));
    hosts = [];
    for (const name of NAMES) {
      const scratch = authority.path(`scratch-${name}`);
      mkdirSync(scratch);
      const host = new SimulatedStepCa(name, join(scratch, "ca"), await freePort(), scratch, authority);
      mkdirSync(host.directory);
      for (const key of readdirSync(authority.path("keys")).filter((file) => !file.startsWith("root"))) {
        cpSync(authority.path("keys", key), host.inCa(key));
      }
      hosts.push(host);
    }
  });
  after(async () => {
    for (const host of hosts) {
      await host.stop();
    }
    authority.remove();
  });

  type Changes = Readonly<Partial<Record<(typeof NAMES)[number], object>>>;

  function writeTargets(changes: Changes): string {
    const file = authority.path("targets.json");
    const all = hosts.map(({ directory, address, sighup }, at) => {
      const name = NAMES[at] ?? "ca1";
      return { name, directory, url: `https://${address}`, reload: sighup, wait: "1s", ...changes[name] };
    });
    writeFileSync(file, JSON.stringify({ hosts: all }));
    return file;
  }

  async function writeOutputs(phase: Phase): Promise<string> {
    const file = authority.path("outputs.json");
    writeFileSync(file, JSON.stringify(await rotated.outputs(phase)));
    return file;
  }

  async function command(name: string, phase: Phase, changes: Changes, options: readonly string[]): Promise<Answer> {
    const args = [
      name,
      "--outputs",
      await writeOutputs(phase),
      "--targets",
      writeTargets(changes),
      "--json",
      ...options,
    ];
    return call(args, { cwd: authority.directory, environment: { PATH: process.env["PATH"] } });
  }

  async function deploy(
    phase: Phase,
    changes: Changes = {},
    options: readonly string[] = [],
  ): Promise<{ code: number; events: Event[]; text: string }> {
    const { exitCode: code, stdout } = await command("deploy", phase, changes, options);
    const events = stdout.split("\n").map((line) => JSON.parse(line) as Event);
    return { code, events, text: events.map(({ host = "", message = "" }) => `${host}: ${message}`).join("\n") };
  }

  /** The hosts of events of a kind, in their order. */
  function hostsOf(events: readonly Event[], kind: string): (string | undefined)[] {
    return events.filter(({ event }) => event === kind).map(({ host }) => host);
  }

  async function statuses(phase: Phase, changes: Changes = {}): Promise<{ code: number; hosts: HostStatus[] }> {
    const { exitCode: code, stdout } = await command("status", phase, changes, ["--hosts"]);
    return { code, hosts: (JSON.parse(stdout) as { hosts: HostStatus[] }).hosts };
  }

  const configs = (): string[] => hosts.map((host) => host.readCa("ca.json"));

  void it("makes the files of each host in a first run, and starts with the next once its step-ca serves them", async () => {
    const starting = hosts.map(async (host) => {
      while (!existsSync(host.inCa("ca.json"))) {
        await sleep(20);
      }
      await host.start();
    });
    const { code, events, text } = await deploy("before", {
      ca1: { wait: "20s" },
      ca2: { wait: "20s" },
      ca3: { wait: "20s" },
    });
    await Promise.all(starting);
    assert.equal(code, 0, text);
    assert.deepEqual(hostsOf(events, "served"), NAMES);
  });

  void it("changes nothing and signals no host in a second run", async () => {
    const signals = hosts.map((host) => host.signals);
    const { code, events } = await deploy("before");
    assert.equal(code, 0);
    assert.deepEqual(hostsOf(events, "unchanged"), NAMES);
    assert.deepEqual(
      hosts.map((host) => host.signals),
      signals,
    );
  });

  void it("catches a host up that was unreachable when nothing new was used", async () => {
    const down = { ca2: { command: ["false"] } };
    const { code, events } = await deploy("published", down);
    assert.equal(code, 1);
    assert.deepEqual([hostsOf(events, "served"), hostsOf(events, "unreachable")], [["ca1", "ca3"], ["ca2"]]);
    const { code: statusCode, hosts: asked } = await statuses("published");
    assert.equal(statusCode, 1);
    assert.deepEqual(
      asked.map(({ status }) => status),
      ["current", "different", "current"],
    );
  });

  void it("gives no host what uses a new key while a host cannot be asked", async () => {
    const before = configs();
    const { code, events, text } = await deploy("retiring", { ca2: { command: ["false"] } });
    assert.equal(code, 1);
    assert.equal(events.find(({ event }) => event === "failed")?.code, "TRUST_MISSING", text);
    assert.match(text, /ca2 cannot be asked whether it trusts what ca1 would use/);
    assert.deepEqual(configs(), before);
  });

  void it("stops before anything changes when a host no longer answers", async () => {
    const before = configs();
    const calls = authority.path("calls-asked");
    mkdirSync(calls);
    const lossy = join(CHECKOUT, "test", "fixtures", "lossyHost.sh");
    const command = ["env", `CALLS=${calls}`, "FAULT=show:1:fail-before", "sh", lossy];
    const { code, events, text } = await deploy("retiring", { ca3: { command } });
    assert.deepEqual([code, events.find(({ event }) => event === "failed")?.code], [1, "HOST_UNREACHABLE"], text);
    assert.match(text, /ca3: it no longer answers/);
    assert.deepEqual(configs(), before);
  });

  void it("starts with the host that missed what was published, because every other one trusts what it will use", async () => {
    const { code, events, text } = await deploy("retiring", {}, ["--dry-run"]);
    assert.deepEqual([code, hostsOf(events, "planned")], [0, ["ca2", "ca1", "ca3"]], text);
  });

  void it("stops at a host that fails, puts it back, and says what is where", async () => {
    const { code, events, text } = await deploy("retiring", { ca1: { reload: "false" } });
    assert.equal(code, 2, text);
    assert.deepEqual([hostsOf(events, "served"), hostsOf(events, "put-back")], [["ca2"], ["ca1"]]);
    assert.match(text, /what the stack says is served by ca2, and not by ca1, ca3\. Run this again/);
    const { hosts: asked } = await statuses("retiring");
    assert.deepEqual(
      asked.map(({ status }) => status),
      ["different", "current", "different"],
    );
  });

  void it("continues after a kill at the second host", async () => {
    const calls = authority.path("calls");
    mkdirSync(calls);
    const lossy = { command: ["sh", join(CHECKOUT, "test", "fixtures", "lossyHost.sh")] };
    const targets = writeTargets({ ca1: lossy, ca2: lossy, ca3: lossy });
    const main = join(CHECKOUT, "dist", "provider", "cli", "main.js");
    const child = spawn(
      process.execPath,
      [main, "deploy", "--outputs", await writeOutputs("retiring"), "--targets", targets],
      {
        cwd: authority.directory,
        env: { PATH: process.env["PATH"], CALLS: calls, FAULT: "switch:2:kill" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    writeFileSync(join(calls, "script"), String(child.pid));
    assert.equal((await ended(child)).signal, "SIGKILL");
    assert.equal(existsSync(hosts[2]?.inCa("hand-over") ?? ""), true);
    const { code, events, text } = await deploy("retiring");
    assert.equal(code, 0, text);
    assert.deepEqual(
      [hostsOf(events, "unchanged"), hostsOf(events, "resuming"), hostsOf(events, "served")],
      [["ca1", "ca2"], ["ca3"], ["ca3"]],
    );
    const { code: statusCode, hosts: asked } = await statuses("retiring");
    assert.equal(
      asked.every(({ status }) => status === "current"),
      true,
    );
    assert.equal(statusCode, 0);
  });

  void it("gives all hosts another authority, or none", async () => {
    // Those who trust only the second root of the rotation do not trust the first one alone.
    assert.equal((await deploy("after")).code, 0);
    const served = configs();
    const refused = await deploy("before");
    assert.equal(refused.code, 1);
    assert.match(refused.text, /CA_MISMATCH: ca1: .*--new-authority/);
    const failed = await deploy("before", { ca3: { reload: "false" } }, ["--new-authority"]);
    assert.deepEqual(
      [hostsOf(failed.events, "served"), hostsOf(failed.events, "putting-back")],
      [
        ["ca1", "ca2"],
        ["ca3", "ca2", "ca1"],
      ],
      failed.text,
    );
    assert.deepEqual(configs(), served);
    const { code, events, text } = await deploy("before", {}, ["--new-authority"]);
    assert.deepEqual([code, hostsOf(events, "served")], [0, NAMES], text);
  });

  void it("shows a host where nothing answers, and one that serves another authority", async () => {
    const { code, hosts: asked } = await statuses("before", {
      ca1: { url: `https://127.0.0.1:${String(await freePort())}` },
    });
    assert.deepEqual([code, asked.map(({ status }) => status)], [1, ["unreachable", "current", "current"]]);
    const answer = await statuses("after");
    assert.deepEqual([answer.code, answer.hosts.map(({ status }) => status)], [2, ["broken", "broken", "broken"]]);
  });
});
