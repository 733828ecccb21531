import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { askStepCa } from "../../engine/askingClient";
import { StepCa } from "../../engine/stepCa";
import { missing, runTool } from "../../tools";
import { hostsOf, SimulatedFleet } from "./simulatedFleet";

const NAMES = ["ca1", "ca2", "ca3"];

interface Config {
  readonly root: string | string[];
  readonly crt: string;
  readonly ssh: { readonly userKey: string; readonly keys?: unknown[] };
}

void describe("Hosts that missed what was published", { skip: missing("openssl", "step-ca", "ssh-keygen") }, () => {
  let fleet: SimulatedFleet;
  before(async () => {
    fleet = await SimulatedFleet.create(NAMES.length);
    // The real step-ca judges an interim ca.json in the end, at the port of the second host.
    const address = `127.0.0.1:${String(fleet.hosts[1]?.port)}`;
    fleet.serving = { address, provisioners: [{ type: "ACME", name: "acme" }] };
    const { code, text } = await fleet.firstRun("before");
    assert.equal(code, 0, text);
  });
  after(() => fleet.stop());

  const configOf = (at: number): Config => JSON.parse(fleet.configs[at] ?? "") as Config;

  void it("are shown with the interim ca.json that each would get first", async () => {
    const before = fleet.configs;
    const { code, events, text } = await fleet.deploy("retiring", {}, ["--dry-run"]);
    assert.equal(code, 0, text);
    assert.deepEqual([hostsOf(events, "interim"), hostsOf(events, "planned")], [NAMES, [...NAMES, ...NAMES]]);
    assert.match(text, /ca1: it missed what was published, so it first gets an interim ca\.json/);
    assert.match(
      text,
      /ca1: would send ca\.json certificates\/root_ca-[\w-]+\.crt; would change ca\.json in: root, ssh;/,
    );
    assert.deepEqual(fleet.configs, before);
  });

  void it("all trust what is new before one of them uses it", async () => {
    const old = [0, 1, 2].map(configOf);
    // The fourth handover is the first one of what is next.
    const { code, events, text } = await fleet.deployWith("begin:4:fail-before", "retiring");
    assert.deepEqual([code, hostsOf(events, "served")], [1, NAMES], text);
    assert.match(text, /what the stack says is served by no host, and not by ca1, ca2, ca3\. Run this again/);
    for (const at of [0, 1, 2]) {
      const { root, crt, ssh } = configOf(at);
      assert.equal(root.length, 2);
      assert.deepEqual([crt, ssh.userKey], [old[at]?.crt, old[at]?.ssh.userKey]);
      assert.equal(ssh.keys?.length, 4);
      assert.equal(existsSync(fleet.hosts[at]?.inCa("hand-over") ?? ""), false);
    }
    const { code: statusCode, hosts } = await fleet.statuses("before");
    assert.deepEqual([statusCode, hosts.map(({ status }) => status)], [0, ["current", "current", "current"]]);
  });

  void it("have an interim ca.json with which the real step-ca runs, and trusts the SSH keys of both generations", async () => {
    const [, host] = fleet.hosts;
    assert.ok(host !== undefined);
    await host.stop();
    const password = fleet.authority.path("password");
    writeFileSync(password, "");
    const ca = await StepCa.start(host.directory, password, host.port, fleet.authority.path("step"));
    try {
      const place = { host: "127.0.0.1", port: host.port, ca: [host.readCa("root_ca.crt")] };
      for (const path of ["/ssh/federation", "/ssh/roots"]) {
        const { userKey, hostKey } = (await askStepCa({ ...place, path })) as Record<string, string[]>;
        assert.deepEqual([userKey?.length, hostKey?.length], [2, 2], path);
      }
    } finally {
      await ca.stop();
    }
    await host.start();
  });

  void it("then get what is next, without a second interim ca.json", async () => {
    const { code, events, text } = await fleet.deploy("retiring");
    assert.deepEqual([code, hostsOf(events, "interim"), hostsOf(events, "served")], [0, [], NAMES], text);
    for (const host of fleet.hosts) {
      const named = `${host.readCa("ca.json")}${host.readCa("ca.previous.json")}`;
      const left = runTool("ls", [join(host.directory, "certificates")])
        .trim()
        .split("\n");
      assert.deepEqual(
        left.filter((name) => !named.includes(name)),
        [],
      );
    }
    assert.equal((await fleet.statuses("retiring")).code, 0);
  });
});
