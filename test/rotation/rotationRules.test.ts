import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityState } from "../../provider/rotation/authorityState";
import { describeProblem } from "../../provider/words/problem";
import { readRotation, type RotationArgs } from "../../provider/rotation/rotation";
import { checkRotation } from "../../provider/rotation/rotationRules";
import type { RotationSchedule } from "../../provider/rotation/schedule";
import { found } from "../inputs/found";
import { ARGS, day } from "./rotations";

const NOW = new Date("2026-01-01T00:00:00Z");
const START = "2026-01-01T00:00:00Z";

function problems(args: RotationArgs): string[] {
  return found(checkRotation(args, "rotation", NOW));
}

function schedule(every: string, publishBefore: string, retireAfter: string): RotationSchedule {
  return { start: START, every, publishBefore, retireAfter };
}

void describe("The rules of a rotation", () => {
  void it("accept a rotation with ample margins, and no rotation", () => {
    assert.deepEqual(problems(ARGS), []);
    assert.deepEqual(problems({}), []);
  });

  // L = 4 h, 5 h for SSH users and 60 h for hosts, C = 3 h, J = 2 h, S = 1 h, backdate 10 m
  const margins: RotationArgs = {
    longestLeaf: { tls: "4h", sshUser: "5h", sshHost: "60h" },
    ...{ clientRefresh: "3h", lateness: "2h", clockSkew: "1h", backdate: "10m" },
  };
  const least: readonly { rule: string; enough: RotationArgs; short: RotationArgs; problem: RegExp }[] = [
    {
      rule: "publishBefore of a root: L + C + J + S",
      enough: { root: schedule("100h", "10h", "7h") },
      short: { root: schedule("100h", "9h59m59s", "7h") },
      problem:
        /^rotation\.root\.publishBefore ROTATION_INVALID: 9h59m59s is shorter than longestLeaf\.tls 4h \+ clientRefresh 3h \+ lateness 2h \+ clockSkew 1h = 10h\. Give at least 10h\.$/,
    },
    {
      rule: "retireAfter of a root: L + J + S when leaves live longer than clients wait",
      enough: { root: schedule("100h", "10h", "7h") },
      short: { root: schedule("100h", "10h", "6h59m59s") },
      problem:
        /^rotation\.root\.retireAfter .*longestLeaf\.tls 4h \+ lateness 2h \+ clockSkew 1h = 7h\. Give at least 7h\.$/,
    },
    {
      rule: "retireAfter of a root: C + J + S when clients wait longer than leaves live",
      enough: { clientRefresh: "5h", root: schedule("100h", "12h", "8h") },
      short: { clientRefresh: "5h", root: schedule("100h", "12h", "7h59m59s") },
      problem:
        /^rotation\.root\.retireAfter .*than clientRefresh 5h \+ lateness 2h \+ clockSkew 1h = 8h\. Give at least 8h\.$/,
    },
    {
      rule: "every of a root: publishBefore + retireAfter",
      enough: { root: schedule("17h", "10h", "7h") },
      short: { root: schedule("16h59m59s", "10h", "7h") },
      problem:
        /^rotation\.root\.every .*16h59m59s is shorter than publishBefore 10h \+ retireAfter 7h = 17h, .*Give at least 17h\.$/,
    },
    {
      rule: "publishBefore of an intermediate: backdate + S",
      enough: { intermediate: schedule("24h", "1h10m", "1s") },
      short: { intermediate: schedule("24h", "1h9m59s", "1s") },
      problem:
        /^rotation\.intermediate\.publishBefore .*than backdate 10m \+ clockSkew 1h = 1h10m\. Give at least 1h10m\.$/,
    },
    {
      rule: "retireAfter of an intermediate in crt: L + J + S",
      enough: { retiringIntermediatesInCrt: true, intermediate: schedule("24h", "2h", "7h") },
      short: { retiringIntermediatesInCrt: true, intermediate: schedule("24h", "2h", "6h59m59s") },
      problem: /^rotation\.intermediate\.retireAfter .*= 7h\. Give at least 7h\.$/,
    },
    {
      rule: "every of an intermediate: publishBefore",
      enough: { intermediate: schedule("2h", "2h", "1h") },
      short: { intermediate: schedule("2h", "2h1s", "1h") },
      problem: /^rotation\.intermediate\.publishBefore .*2h1s is longer than every 2h.*Give at most 2h\.$/,
    },
    {
      rule: "publishBefore of SSH keys: C + J + S",
      enough: { ssh: schedule("100h", "6h", "63h") },
      short: { ssh: schedule("100h", "5h59m59s", "63h") },
      problem:
        /^rotation\.ssh\.publishBefore .*than clientRefresh 3h \+ lateness 2h \+ clockSkew 1h = 6h\. Give at least 6h\.$/,
    },
    {
      rule: "retireAfter of the SSH user key: its longest certificate + J + S",
      enough: { ssh: { user: schedule("100h", "6h", "8h") } },
      short: { ssh: { user: schedule("100h", "6h", "7h59m59s") } },
      problem: /^rotation\.ssh\.user\.retireAfter .*than longestLeaf\.sshUser 5h \+ lateness 2h \+ clockSkew 1h = 8h\./,
    },
    {
      rule: "retireAfter of the SSH host key: its longest certificate + J + S",
      enough: { ssh: { host: schedule("100h", "6h", "63h") } },
      short: { ssh: { host: schedule("100h", "6h", "62h59m59s") } },
      problem:
        /^rotation\.ssh\.host\.retireAfter .*than longestLeaf\.sshHost 2d12h \+ lateness 2h \+ clockSkew 1h = 2d15h\./,
    },
    {
      rule: "the number of keys that are trusted at a time",
      enough: { intermediate: schedule("2h", "2h", "200h") },
      short: { intermediate: schedule("2h", "2h", "200h1s") },
      problem: /^rotation\.intermediate\.retireAfter .*more than 100 times every 2h/,
    },
  ];
  for (const { rule, enough, short, problem } of least) {
    void it(`are exact to the second: ${rule}`, () => {
      assert.deepEqual(checkRotation({ ...margins, ...enough }, "rotation", NOW), []);
      const broken = checkRotation({ ...margins, ...short }, "rotation", NOW);
      assert.equal(broken.length, 1);
      for (const each of broken) {
        assert.match(`${each.property} ${describeProblem(each)}`, problem);
      }
    });
  }

  void it("use step-ca's own lifetimes when none are given", () => {
    const root = schedule("100d", "1s", "1s");
    const ssh = schedule("100d", "1s", "1s");
    assert.deepEqual(
      checkRotation({ root, ssh }, "rotation", NOW).map(({ property, remedy }) => `${property}: ${remedy}`),
      [
        "rotation.root.publishBefore: Give at least 3d5m",
        "rotation.root.retireAfter: Give at least 2d5m",
        "rotation.ssh.publishBefore: Give at least 2d5m",
        "rotation.ssh.retireAfter: Give at least 2d5m",
        "rotation.ssh.retireAfter: Give at least 31d5m",
      ],
    );
  });

  void it("are checked after the form, and only the form is reported while it is wrong", () => {
    assert.deepEqual(problems({ ...ARGS, root: schedule("1y", "1s", "1s") }), ["VALIDITY_INVALID rotation.root.every"]);
  });

  void it("end with the last year that a certificate can express", () => {
    assert.deepEqual(problems({ intermediate: schedule("700000d", "1d", "1d") }), []);
    assert.deepEqual(problems({ intermediate: schedule("1000000d", "1d", "1d") }), [
      "ROTATION_INVALID rotation.intermediate.every",
    ]);
  });
});

void describe("The rules for an existing root", () => {
  const root = schedule("100d", "10d", "20d");
  const existing = (notAfter: string, pathLength: number): RotationArgs => ({
    clockSkew: "1h",
    existingRoot: { pathLength, notBefore: "2020-01-01T00:00:00Z", notAfter },
  });

  const ends: readonly { what: string; args: RotationArgs; least: string }[] = [
    // gone on day 120, then 24 h + 24 h + 1 h for what the cross below it serves
    {
      what: "all certificates that its cross certificate serves",
      args: { root, ...existing("", 2) },
      least: "2026-05-03T01:00:00Z",
    },
    {
      what: "its own retirement, without a cross certificate",
      args: { root, ...existing("", 1) },
      least: "2026-05-01T00:00:00Z",
    },
    // gone on day 42
    {
      what: "its intermediates, when it has no schedule",
      args: { intermediate: schedule("40d", "5d", "2d"), ...existing("", 1) },
      least: "2026-02-12T01:00:00Z",
    },
  ];
  for (const { what, args, least } of ends) {
    void it(`require it to outlast ${what}`, () => {
      const ending = (notAfter: string): RotationArgs => ({
        ...args,
        ...existing(notAfter, Number(args.existingRoot?.pathLength)),
      });
      assert.deepEqual(problems(ending(least)), []);
      const early = new Date(Date.parse(least) - 1000).toISOString().replace(".000", "");
      const [problem, ...others] = checkRotation(ending(early), "rotation", NOW);
      assert.deepEqual(others, []);
      assert.equal(problem?.property, "rotation.existingRoot.notAfter");
      assert.match(problem.reason, new RegExp(`must last until ${least}$`));
    });
  }

  void it("let an intermediate that takes the turn of a compromised one end with it, until its own time comes", () => {
    const end = "2026-02-12T01:00:00Z"; // as long as generation 0 needs it
    const args = { intermediate: schedule("40d", "5d", "2d"), ...existing(end, 1), compromised: ["intermediate"] };
    const reasonsOn = (on: number): string[] => found(checkRotation(args, "rotation", new Date(day(on))));
    assert.deepEqual(reasonsOn(10), []);
    const { certificates } = authorityState(readRotation(args), day(10));
    assert.equal(certificates.find(({ name }) => name === "intermediate-g1")?.notAfter, end);
    assert.deepEqual(reasonsOn(36), ["ROTATION_INVALID rotation.existingRoot.notAfter"]);
  });

  void it("no longer apply once it is gone", () => {
    const later = new Date("2026-06-01T00:00:00Z");
    assert.deepEqual(checkRotation({ root, ...existing("2026-05-02T00:00:00Z", 2) }, "rotation", later), []);
  });
});
