import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { CHECKOUT, ended } from "../../engine/project";
import { freePort } from "../../fixtures/freePort";
import { missing } from "../../tools";
import { hostsOf, SimulatedFleet } from "./simulatedFleet";

const NAMES = ["ca1", "ca2", "ca3"] as const;

void describe("kms-pki deploy to several hosts", { skip: missing("openssl") }, () => {
  let fleet: SimulatedFleet;
  before(async () => {
    fleet = await SimulatedFleet.create(NAMES.length);
  });
  after(() => fleet.stop());

  void it("makes the files of each host in a first run, and starts with the next once its step-ca serves them", async () => {
    const { code, events, text } = await fleet.firstRun("before");
    assert.equal(code, 0, text);
    assert.deepEqual(hostsOf(events, "served"), NAMES);
  });

  void it("changes nothing and signals no host in a second run", async () => {
    const signals = fleet.hosts.map((host) => host.signals);
    const { code, events } = await fleet.deploy("before");
    assert.equal(code, 0);
    assert.deepEqual(hostsOf(events, "unchanged"), NAMES);
    assert.deepEqual(
      fleet.hosts.map((host) => host.signals),
      signals,
    );
  });

  void it("catches a host up that was unreachable when nothing new was used", async () => {
    const down = { ca2: { command: ["false"] } };
    const { code, events } = await fleet.deploy("published", down);
    assert.equal(code, 1);
    assert.deepEqual([hostsOf(events, "served"), hostsOf(events, "unreachable")], [["ca1", "ca3"], ["ca2"]]);
    const { code: statusCode, hosts: asked } = await fleet.statuses("published");
    assert.equal(statusCode, 1);
    assert.deepEqual(
      asked.map(({ status }) => status),
      ["current", "different", "current"],
    );
  });

  void it("asks all hosts at once, and tells in their order which ones do not answer", async () => {
    /** A host that does not answer, and says so if another one is not asked meanwhile. */
    const silent = (name: string, other: string): object => {
      const asked = (each: string): string => fleet.authority.path(`asked-${each}`);
      const waiting = `for i in 0 1 2 3 4 5 6 7 8 9; do [ -e ${asked(other)} ] && exit 255; sleep 1; done`;
      return { command: ["sh", "-c", `: >${asked(name)}; ${waiting}; echo ${other} was not asked >&2; exit 255`] };
    };
    const changes = { ca1: silent("ca1", "ca3"), ca3: silent("ca3", "ca1") };
    const { code, events, text } = await fleet.deploy("published", changes, ["--dry-run"]);
    assert.equal(code, 1);
    assert.deepEqual([hostsOf(events, "unreachable"), hostsOf(events, "planned")], [["ca1", "ca3"], ["ca2"]]);
    assert.doesNotMatch(text, /was not asked/);
  });

  void it("gives no host what uses a new key while a host cannot be asked", async () => {
    const before = fleet.configs;
    const { code, events, text } = await fleet.deploy("retiring", { ca2: { command: ["false"] } });
    assert.equal(code, 1);
    assert.equal(events.find(({ event }) => event === "failed")?.code, "TRUST_MISSING", text);
    assert.match(text, /ca2 cannot be asked whether it trusts what ca1 would use/);
    assert.deepEqual(fleet.configs, before);
  });

  void it("stops before anything changes when a host no longer answers", async () => {
    const before = fleet.configs;
    const calls = fleet.authority.path("calls-asked");
    mkdirSync(calls);
    const lossy = join(CHECKOUT, "test", "fixtures", "lossyHost.sh");
    const command = ["env", `CALLS=${calls}`, "FAULT=show:1:fail-before", "sh", lossy];
    const { code, events, text } = await fleet.deploy("retiring", { ca3: { command } });
    assert.deepEqual([code, events.find(({ event }) => event === "failed")?.code], [1, "HOST_UNREACHABLE"], text);
    assert.match(text, /ca3: it no longer answers/);
    assert.deepEqual(fleet.configs, before);
  });

  void it("starts with the host that missed what was published, because every other one trusts what it will use", async () => {
    const { code, events, text } = await fleet.deploy("retiring", {}, ["--dry-run"]);
    assert.deepEqual([code, hostsOf(events, "planned")], [0, ["ca2", "ca1", "ca3"]], text);
  });

  void it("stops at a host that fails, puts it back, and says what is where", async () => {
    const { code, events, text } = await fleet.deploy("retiring", { ca1: { reload: "false" } });
    assert.equal(code, 2, text);
    assert.deepEqual([hostsOf(events, "served"), hostsOf(events, "put-back")], [["ca2"], ["ca1"]]);
    assert.match(text, /what the stack says is served by ca2, and not by ca1, ca3\. Run this again/);
    const { hosts: asked } = await fleet.statuses("retiring");
    assert.deepEqual(
      asked.map(({ status }) => status),
      ["different", "current", "different"],
    );
  });

  void it("continues after a kill at the second host", async () => {
    const calls = fleet.authority.path("calls");
    mkdirSync(calls);
    const lossy = { command: ["sh", join(CHECKOUT, "test", "fixtures", "lossyHost.sh")] };
    const targets = fleet.writeTargets({ ca1: lossy, ca2: lossy, ca3: lossy });
    const main = join(CHECKOUT, "dist", "provider", "cli", "main.js");
    const child = spawn(
      process.execPath,
      [main, "deploy", "--outputs", await fleet.writeOutputs("retiring"), "--targets", targets],
      {
        cwd: fleet.authority.directory,
        env: { PATH: process.env["PATH"], CALLS: calls, FAULT: "switch:2:kill" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    writeFileSync(join(calls, "script"), String(child.pid));
    assert.equal((await ended(child)).signal, "SIGKILL");
    assert.equal(existsSync(fleet.hosts[2]?.inCa("hand-over") ?? ""), true);
    const { code, events, text } = await fleet.deploy("retiring");
    assert.equal(code, 0, text);
    assert.deepEqual(
      [hostsOf(events, "unchanged"), hostsOf(events, "resuming"), hostsOf(events, "served")],
      [["ca1", "ca2"], ["ca3"], ["ca3"]],
    );
    const { code: statusCode, hosts: asked } = await fleet.statuses("retiring");
    assert.equal(
      asked.every(({ status }) => status === "current"),
      true,
    );
    assert.equal(statusCode, 0);
  });

  void it("gives all hosts another authority, or none", async () => {
    // Those who trust only the second root of the rotation do not trust the first one alone.
    assert.equal((await fleet.deploy("after")).code, 0);
    const served = fleet.configs;
    const refused = await fleet.deploy("before");
    assert.equal(refused.code, 1);
    assert.match(refused.text, /CA_MISMATCH: ca1: .*--new-authority/);
    const failed = await fleet.deploy("before", { ca3: { reload: "false" } }, ["--new-authority"]);
    assert.deepEqual(
      [hostsOf(failed.events, "served"), hostsOf(failed.events, "putting-back")],
      [
        ["ca1", "ca2"],
        ["ca3", "ca2", "ca1"],
      ],
      failed.text,
    );
    assert.deepEqual(fleet.configs, served);
    const { code, events, text } = await fleet.deploy("before", {}, ["--new-authority"]);
    assert.deepEqual([code, hostsOf(events, "served")], [0, NAMES], text);
  });

  void it("shows a host where nothing answers, and one that serves another authority", async () => {
    const { code, hosts: asked } = await fleet.statuses("before", {
      ca1: { url: `https://127.0.0.1:${String(await freePort())}` },
    });
    assert.deepEqual([code, asked.map(({ status }) => status)], [1, ["unreachable", "current", "current"]]);
    const answer = await fleet.statuses("after");
    assert.deepEqual([answer.code, answer.hosts.map(({ status }) => status)], [2, ["broken", "broken", "broken"]]);
  });
});
