import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { missing } from "../../tools";
import type { Phase } from "../rotation";
import { distrustAmong } from "./fleetTrust";
import { hostsOf, SimulatedFleet } from "./simulatedFleet";

const NAMES = ["ca1", "ca2", "ca3"];

/**
 * The commands that change the second host in a switch, and the first one on the third. The commands on all hosts are counted together.
 * The other commands only look, so a cut after them leaves what the command before left.
 */
const COMMANDS = [
  ...["begin:2", "receive:3", "switch:2", "sighup:2", "accept:2", "receive:4"].map((command) => ({
    command,
    at: "ca2",
  })),
  ...["finish:2", "begin:3"].map((command) => ({ command, at: "ca3" })),
];

/** The commands after which an interim ca.json, or what is next, is in place on the second host, and not known to be served. */
const INTERIM_COMMANDS = ["switch:2", "switch:5"].map((command) => ({ command, at: "ca2" }));

void describe("A deployment to several hosts that is cut off", { skip: missing("openssl") }, () => {
  let fleet: SimulatedFleet;
  before(async () => {
    fleet = await SimulatedFleet.create(NAMES.length);
    const { code, text } = await fleet.firstRun("before");
    assert.equal(code, 0, text);
  });
  after(() => fleet.stop());

  /** What each host has: its files, with mode and content. */
  function files(): Record<string, string>[] {
    return fleet.hosts.map((host) =>
      Object.fromEntries(
        readdirSync(host.directory, { recursive: true, encoding: "utf8" })
          .sort()
          .map((name) => {
            const { mode } = statSync(host.inCa(name));
            const content = statSync(host.inCa(name)).isFile() ? readFileSync(host.inCa(name), "utf8") : "";
            return [name, `${mode.toString(8)} ${content}`];
          }),
      ),
    );
  }

  function signals(): number[] {
    return fleet.hosts.map((host) => host.signals);
  }

  /** Describes cuts of the way from one phase to another, whose end is that of a run that is not cut off. */
  function cutOffBetween(from: Phase, to: Phase, commands: typeof COMMANDS, mostSignals: number): void {
    let goBack: () => Promise<void>;
    let end: Record<string, string>[];

    void it(`from ${from} to ${to}, leaves nothing but what is next when nothing cuts it off`, async () => {
      assert.equal((await fleet.deploy(from)).code, 0);
      goBack = fleet.keep();
      const { code, text } = await fleet.deploy(to);
      assert.equal(code, 0, text);
      end = files();
      assert.deepEqual(
        fleet.hosts.flatMap(({ directory }) =>
          readdirSync(directory).filter((name) => /^\.|^hand-over|next/.test(name)),
        ),
        [],
      );
      assert.deepEqual(distrustAmong(fleet.hosts), []);
    });

    for (const { command, at } of commands) {
      void it(`from ${from} to ${to}, ends so when it is run again after ${command}`, async () => {
        await goBack();
        const before = signals();
        const cut = await fleet.deployWith(`${command}:vanishes`, to);
        assert.deepEqual(hostsOf(cut.events, "failed")[0], at, cut.text);
        assert.deepEqual(distrustAmong(fleet.hosts), []);
        const again = await fleet.deploy(to);
        assert.equal(again.code, 0, again.text);
        assert.deepEqual(files(), end);
        for (const [index, name] of NAMES.entries()) {
          const most = mostSignals + Number(name === "ca2"); // after a cut, it may not be known whether it serves what it has
          assert.ok((signals()[index] ?? 0) - (before[index] ?? 0) <= most, `${name} was signalled too often`);
        }
      });
    }
  }

  cutOffBetween("published", "retiring", COMMANDS, 1);
  cutOffBetween("before", "retiring", INTERIM_COMMANDS, 2);
});
