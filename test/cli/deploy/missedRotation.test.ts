import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readFileSync, writeFileSync } from "node:fs";
import { askStepCa } from "../../engine/askingClient";
import { StepCa } from "../../engine/stepCa";
import { missing } from "../../tools";
import { distrustAmong } from "./fleetTrust";
import { hostsOf, SimulatedFleet } from "./simulatedFleet";

const NAMES = ["ca1", "ca2"];
const WARNING = /warning: it serves a chain under ".*CN=Example Root 0", which the stack gave up/;

void describe("Hosts that missed the whole rotation of a root", { skip: missing("openssl", "step-ca") }, () => {
  let fleet: SimulatedFleet;
  before(async () => {
    fleet = await SimulatedFleet.create(NAMES.length);
    // The real step-ca judges an interim ca.json, at the port of the first host.
    const address = `127.0.0.1:${String(fleet.hosts[0]?.port)}`;
    fleet.serving = { address, provisioners: [{ type: "ACME", name: "acme" }] };
    const { code, text } = await fleet.firstRun("before");
    assert.equal(code, 0, text);
  });
  after(() => fleet.stop());

  void it("are known by the former root on record, with a warning about clients, and shown each step", async () => {
    const { code, events, text } = await fleet.deploy("after", {}, ["--dry-run"]);
    assert.equal(code, 0, text);
    assert.deepEqual([hostsOf(events, "warning"), hostsOf(events, "interim")], [NAMES, [...NAMES, ...NAMES]]);
    assert.deepEqual(hostsOf(events, "planned"), [...NAMES, ...NAMES, ...NAMES]);
    assert.match(text, WARNING);
  });

  void it("have an interim ca.json with which the real step-ca trusts the former root beside the next one", async () => {
    const [host] = fleet.hosts;
    assert.ok(host !== undefined);
    // Both trust what is next, and the first one uses it.
    assert.equal((await fleet.deployWith("begin:4:fail-before", "after")).code, 1);
    assert.deepEqual(distrustAmong(fleet.hosts), []);
    await host.stop();
    const password = fleet.authority.path("password");
    writeFileSync(password, "");
    const ca = await StepCa.start(host.directory, password, host.port, fleet.authority.path("step"));
    try {
      const { root } = JSON.parse(host.readCa("ca.json")) as { root: string[] };
      const [next = ""] = root.map((file) => readFileSync(file, "utf8"));
      const { crts } = (await askStepCa({ host: "127.0.0.1", port: host.port, ca: [next], path: "/roots" })) as {
        crts: string[];
      };
      assert.equal(crts.length, 2);
    } finally {
      await ca.stop();
    }
    await host.start();
  });

  void it("trust each other after each handover, and in the end the next root alone", async () => {
    let runs = 0;
    let isDone = false;
    while (!isDone && runs < 10) {
      runs += 1;
      // The second handover of the run does not begin.
      const { code, text } = await fleet.deployWith("begin:2:fail-before", "after");
      assert.deepEqual(distrustAmong(fleet.hosts), [], text);
      isDone = code === 0;
    }
    // The second one uses what is next, and the first one gives up what was.
    assert.equal(runs, 2);
    const { code, hosts } = await fleet.statuses("after");
    assert.deepEqual([code, hosts.map(({ status }) => status)], [0, ["current", "current"]]);
    for (const config of fleet.configs) {
      assert.equal([(JSON.parse(config) as { root: string | string[] }).root].flat().length, 1);
    }
  });
});

void describe("A host alone that missed the whole rotation of a root", { skip: missing("openssl") }, () => {
  void it("gets what is next at once, with the warning", async () => {
    const fleet = await SimulatedFleet.create(1);
    try {
      assert.equal((await fleet.firstRun("before")).code, 0);
      const { code, events, text } = await fleet.deploy("after");
      assert.deepEqual([code, hostsOf(events, "interim"), hostsOf(events, "served")], [0, [], ["ca1"]], text);
      assert.match(text, WARNING);
    } finally {
      await fleet.stop();
    }
  });
});
