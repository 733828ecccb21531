import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { HostClock } from "../../../provider/cli/deploy/hostClock";
import { missing } from "../../tools";
import { type Changes, hostsOf, SimulatedFleet } from "./simulatedFleet";

const NOW = 1_800_000_000;

void describe("The clock of a host", () => {
  const clock = (says: number, took = 0): HostClock => new HostClock(says, [NOW * 1000, (NOW + took) * 1000]);

  void it("is right within the time that the question took", () => {
    assert.deepEqual(
      [NOW, NOW + 5, NOW + 10].map((says) => clock(says, 10).offset),
      [0, 0, 0],
    );
    assert.deepEqual([clock(NOW - 3, 10).offset, clock(NOW + 14, 10).offset], [-3, 4]);
  });

  for (const { offset, says, fault } of [
    { offset: -60, says: undefined, fault: undefined },
    { offset: -61, says: /61 seconds behind this machine's$/, fault: undefined },
    { offset: -7_300, says: /2 hours behind this machine's$/, fault: undefined },
    { offset: -86_401, says: /24 hours behind this machine's$/, fault: /its own would have ended/ },
    { offset: 59, says: undefined, fault: undefined },
    { offset: 180, says: /^its clock says 2027-01-15T08:03:00Z, 3 minutes ahead of/, fault: /would not be valid yet/ },
    { offset: 3 * 86_400, says: /3 days ahead of this machine's$/, fault: /would not be valid yet/ },
  ]) {
    void it(`that is off by ${String(offset)} seconds is ${says === undefined ? "right" : fault === undefined ? "told" : "refused"}`, () => {
      const found = clock(NOW + offset);
      assert.equal(found.isOff, says !== undefined);
      assert.match(found.description, says ?? /./);
      assert.match(found.fault([]) ?? "", fault ?? /^$/);
    });
  }
});

void describe("kms-pki deploy to a host whose clock is off", { skip: missing("openssl") }, () => {
  let fleet: SimulatedFleet;
  before(async () => {
    fleet = await SimulatedFleet.create(2);
    const { code, text } = await fleet.firstRun("before");
    assert.equal(code, 0, text);
  });
  after(() => fleet.stop());

  /** The settings of the second host, whose `date` is off by some seconds. */
  function withClock(offset: number): Changes {
    const directory = fleet.authority.path("clock");
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/date`, `#!/bin/sh\necho $(($(/bin/date +%s) + ${String(offset)}))\n`);
    chmodSync(`${directory}/date`, 0o700);
    return { ca2: { command: ["env", `PATH=${directory}:${process.env["PATH"] ?? ""}`, "sh", "-c"] } };
  }

  for (const { offset, reason } of [
    {
      offset: -2 * 3600,
      reason: /2 hours behind this machine's: by that clock, "[^"]*CN=Example Intermediate" is not valid before/,
    },
    {
      offset: 400 * 86_400,
      reason: /399 days ahead of this machine's: by that clock, "[^"]*CN=Example Intermediate" ended at/,
    },
    { offset: 600, reason: /\d+ (minutes|seconds) ahead of this machine's: .*what it issues would not be valid yet/ },
  ]) {
    for (const options of [[], ["--dry-run"]]) {
      void it(`refuses one that is off by ${String(offset)} seconds before it changes any host ${options.join()}`, async () => {
        const configs = fleet.configs;
        const { code, events, text } = await fleet.deploy("published", withClock(offset), options);
        assert.deepEqual([code, events.find(({ event }) => event === "failed")?.code], [1, "CLOCK_SKEWED"], text);
        assert.match(text, reason);
        assert.match(text, /ca2: its clock says .*Nothing was changed there/);
        assert.deepEqual(fleet.configs, configs);
      });
    }
  }

  void it("warns of one that is off and harms nothing, and hands over", async () => {
    const { code, events, text } = await fleet.deploy("published", withClock(-300));
    assert.deepEqual([code, hostsOf(events, "warning"), hostsOf(events, "served")], [0, ["ca2"], ["ca1", "ca2"]], text);
    assert.match(text, /ca2: warning: its clock says .*, 5 minutes behind this machine's\. Correct the clock/);
  });

  void it("warns of any clock that is off when there is nothing to hand over", async () => {
    const { code, events } = await fleet.deploy("published", withClock(-2 * 3600));
    assert.deepEqual([code, hostsOf(events, "warning"), hostsOf(events, "unchanged")], [0, ["ca2"], ["ca1", "ca2"]]);
  });
});
