import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkRotationForm } from "../../provider/inputs/rotation";
import { found } from "./found";

const NOW = new Date("2026-01-01T00:00:00Z");
const SCHEDULE = { start: "2026-01-01T00:00:00Z", every: "365d", publishBefore: "30d", retireAfter: "60d" };
const ROOT = { pathLength: 1, notBefore: "2020-01-01T00:00:00Z", notAfter: "2040-01-01T00:00:00Z" };

void describe("The form of a rotation", () => {
  const accepted: readonly { what: string; value: unknown }[] = [
    { what: "nothing", value: {} },
    { what: "one schedule", value: { root: SCHEDULE } },
    { what: "one schedule for both SSH keys", value: { ssh: SCHEDULE } },
    { what: "one schedule for the host key", value: { ssh: { host: SCHEDULE } } },
    { what: "no margins at all", value: { clientRefresh: "0s", lateness: "0s", clockSkew: "0s", backdate: "0s" } },
    {
      what: "everything",
      value: {
        ...{ root: SCHEDULE, intermediate: SCHEDULE, ssh: { user: SCHEDULE, host: SCHEDULE } },
        ...{ longestLeaf: { tls: "24h", sshUser: "16h", sshHost: "30d" }, clientRefresh: "1h", lateness: "1h" },
        ...{ clockSkew: "1m", backdate: "1m", retiringIntermediatesInCrt: true, existingRoot: ROOT },
        ...{ allowGaps: ["root-g1"] },
      },
    },
  ];
  for (const { what, value } of accepted) {
    void it(`may be ${what}`, () => {
      assert.deepEqual(checkRotationForm(value, "rotation", NOW), []);
    });
  }

  const { every: _, ...withoutEvery } = SCHEDULE;
  const refused: readonly { what: string; value: unknown; problems: string[] }[] = [
    { what: "a string", value: "365d", problems: ["INPUT_INVALID rotation"] },
    { what: "a list", value: [], problems: ["INPUT_INVALID rotation"] },
    { what: "null", value: null, problems: ["INPUT_INVALID rotation"] },
    { what: "an unknown field", value: { rot: SCHEDULE }, problems: ["INPUT_INVALID rotation.rot"] },
    { what: "a schedule that is a string", value: { root: "365d" }, problems: ["INPUT_INVALID rotation.root"] },
    {
      what: "a schedule without every",
      value: { root: withoutEvery },
      problems: ["INPUT_INVALID rotation.root.every"],
    },
    {
      what: "a misspelled field",
      value: { intermediate: { ...withoutEvery, evry: "1d" } },
      problems: ["INPUT_INVALID rotation.intermediate.evry", "INPUT_INVALID rotation.intermediate.every"],
    },
    {
      what: "a date in place of an instant",
      value: { root: { ...SCHEDULE, start: "2026-01-01" } },
      problems: ["VALIDITY_INVALID rotation.root.start"],
    },
    {
      what: "invalid durations",
      value: { root: { ...SCHEDULE, every: "1y", publishBefore: "0d", retireAfter: 60 } },
      problems: [
        "VALIDITY_INVALID rotation.root.every",
        "VALIDITY_INVALID rotation.root.publishBefore",
        "VALIDITY_INVALID rotation.root.retireAfter",
      ],
    },
    {
      what: "an unknown SSH key",
      value: { ssh: { users: SCHEDULE } },
      problems: ["INPUT_INVALID rotation.ssh.users"],
    },
    {
      what: "a misspelled field of the SSH host key",
      value: { ssh: { host: { ...SCHEDULE, start: "now" } } },
      problems: ["VALIDITY_INVALID rotation.ssh.host.start"],
    },
    {
      what: "leaves without an expiry",
      value: { longestLeaf: { tls: "0s", ssh: "1d" } },
      problems: ["INPUT_INVALID rotation.longestLeaf.ssh", "VALIDITY_INVALID rotation.longestLeaf.tls"],
    },
    {
      what: "a numeric lifetime of leaves",
      value: { longestLeaf: 5 },
      problems: ["INPUT_INVALID rotation.longestLeaf"],
    },
    { what: "an invalid margin", value: { lateness: "-1h" }, problems: ["VALIDITY_INVALID rotation.lateness"] },
    {
      what: "a switch that is a string",
      value: { retiringIntermediatesInCrt: "false" },
      problems: ["INPUT_INVALID rotation.retiringIntermediatesInCrt"],
    },
    { what: "gaps that are a string", value: { allowGaps: "root-g1" }, problems: ["INPUT_INVALID rotation.allowGaps"] },
    { what: "gaps that are numbers", value: { allowGaps: [1] }, problems: ["INPUT_INVALID rotation.allowGaps"] },
    {
      what: "an existing root that is a string",
      value: { existingRoot: "root_ca.crt" },
      problems: ["INPUT_INVALID rotation.existingRoot"],
    },
    {
      what: "an existing root without dates",
      value: { existingRoot: { pathLength: -1 } },
      problems: [
        "PATH_LENGTH_VIOLATED rotation.existingRoot.pathLength",
        "INPUT_INVALID rotation.existingRoot.notBefore",
        "INPUT_INVALID rotation.existingRoot.notAfter",
      ],
    },
  ];
  for (const { what, value, problems } of refused) {
    void it(`may not be ${what}`, () => {
      assert.deepEqual(found(checkRotationForm(value, "rotation", NOW)), problems);
    });
  }
});
