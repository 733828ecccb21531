import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProblem } from "../../provider/words/problem";
import { generationLabel } from "../../provider/rotation/authorityPart";
import { checkLateRun } from "../../provider/rotation/lateRun";
import { readRotation, type Rotation, type RotationArgs } from "../../provider/rotation/rotation";
import { describeGap, trustGaps } from "../../provider/rotation/trustGap";
import { ARGS, day } from "./rotations";

/** L = C = J = 1 d, S = 1 h, and only some of the schedules. */
function only(part: "root" | "intermediate" | "ssh", over: RotationArgs = {}): Rotation {
  return readRotation({ [part]: ARGS[part], clockSkew: "1h", ...over });
}

/** Gaps as `root-g1 published jumped 101-103.04`, in days. */
function gaps(rotation: Rotation, lastRun: number, now: number): string[] {
  const days = (at: number): string => String(Math.round(((at - day(0)) / 86_400_000) * 100) / 100);
  return trustGaps(rotation, day(lastRun), day(now)).map(
    ({ part, generation, state, jumped, from, to }) =>
      `${generationLabel(part, generation)} ${state} ${jumped ? "jumped" : "cut"} ${days(from)}-${days(to)}`,
  );
}

interface Run {
  readonly what: string;
  readonly lastRun: number;
  readonly now: number;
  readonly gaps: readonly string[];
}

const HOUR = 1 / 24;

void describe("A late run of roots", () => {
  // Published on 90, active on 100, the old one gone on 120; then on 190, 200, 220.
  const runs: readonly Run[] = [
    { what: "within a state", lastRun: 1, now: 89, gaps: [] },
    { what: "into a published state that is just long enough: L + C + S", lastRun: 85, now: 98 - HOUR, gaps: [] },
    {
      what: "into a published state that is too short",
      lastRun: 85,
      now: 99,
      gaps: ["root-g1 published cut 100-101.04"],
    },
    { what: "past a published state", lastRun: 85, now: 100, gaps: ["root-g1 published jumped 100-102.04"] },
    { what: "from a published into a retiring state, within what is allowed", lastRun: 91, now: 101, gaps: [] },
    {
      // The old root and everything that it signed end on 120, or an hour earlier for a fast clock.
      what: "into a retiring state that is too short",
      lastRun: 91,
      now: 119.5,
      gaps: ["root retiring cut 120-120.54", "intermediate active cut 119.96-120.54"],
    },
    {
      what: "past a retiring state",
      lastRun: 91,
      now: 120,
      gaps: ["root retiring jumped 120-121.04", "intermediate active cut 119.96-121.04"],
    },
    {
      what: "past a whole generation, which needs nothing itself",
      lastRun: 1,
      now: 230,
      gaps: [
        "root retiring jumped 230-231.04",
        "root-g2 published jumped 230-232.04",
        "intermediate active cut 119.96-231.04",
      ],
    },
    { what: "with a clock that went backward", lastRun: 100, now: 99, gaps: [] },
  ];
  for (const { what, lastRun, now, gaps: expected } of runs) {
    void it(`${what} makes ${expected.length === 0 ? "no gap" : expected.join(", ")}`, () => {
      assert.deepEqual(gaps(only("root"), lastRun, now), expected);
    });
  }
});

void describe("A late run of SSH keys", () => {
  // Published on 50, active on 60, the old ones gone on 92.
  const runs: readonly Run[] = [
    { what: "into a published state that is just long enough: C + S", lastRun: 49, now: 59 - HOUR, gaps: [] },
    {
      what: "past a published state",
      lastRun: 49,
      now: 60,
      gaps: ["ssh-user-g1 published jumped 60-61.04", "ssh-host-g1 published jumped 60-61.04"],
    },
    { what: "as late as allowed", lastRun: 50, now: 61, gaps: [] },
    {
      what: "too late only for host certificates, of 30 days",
      lastRun: 50,
      now: 63,
      gaps: ["ssh-host retiring cut 92-93.04"],
    },
    {
      what: "past a retiring state",
      lastRun: 50,
      now: 95,
      gaps: ["ssh-user retiring jumped 95-96.04", "ssh-host retiring jumped 95-125.04"],
    },
  ];
  for (const { what, lastRun, now, gaps: expected } of runs) {
    void it(`${what} makes ${expected.length === 0 ? "no gap" : expected.join(", ")}`, () => {
      assert.deepEqual(gaps(only("ssh"), lastRun, now), expected);
    });
  }
});

void describe("A late run of intermediates", () => {
  // Published on 35, active on 40, the old one gone on 47, when its certificate ends.
  const runs: readonly (Run & { readonly over?: RotationArgs })[] = [
    { what: "past a published state", lastRun: 30, now: 41, gaps: [] },
    {
      what: "past a published and a retiring state, just before leaves outlive it",
      lastRun: 30,
      now: 46 - HOUR,
      gaps: [],
    },
    { what: "when leaves outlive it", lastRun: 30, now: 50, gaps: ["intermediate active cut 46.96-51.04"] },
    {
      what: "past a retiring state in crt",
      lastRun: 30,
      now: 50,
      over: { retiringIntermediatesInCrt: true },
      gaps: ["intermediate retiring jumped 50-51.04", "intermediate active cut 46.96-51.04"],
    },
  ];
  for (const { what, lastRun, now, over, gaps: expected } of runs) {
    void it(`${what} makes ${expected.length === 0 ? "no gap" : expected.join(", ")}`, () => {
      assert.deepEqual(gaps(only("intermediate", over), lastRun, now), expected);
    });
  }
});

void describe("The check of a late run", () => {
  const check = (rotation: Rotation, lastRun: number, now: number): string[] =>
    checkLateRun(rotation, "rotation", day(lastRun), day(now)).map(
      (problem) => `${problem.property} ${describeProblem(problem)}`,
    );

  void it("refuses only skipped states, and names all that must be allowed", () => {
    const problems = check(only("root"), 1, 230);
    assert.equal(problems.length, 2);
    assert.equal(
      problems[0],
      "rotation ROTATION_LATE: the last run was on 2026-01-02T00:00:00Z, and root was in use until now and is gone: what it " +
        "issued is not trusted from 2026-08-19T00:00:00Z to 2026-08-20T01:00:00Z (1d1h). Correct the clock, or undo " +
        'the change of the schedule. To accept the gap, set rotation.allowGaps = ["root","root-g2"] for this run.',
    );
    assert.match(problems[1] ?? "", /root-g2 was never published: .*\(2d1h\)\. .*\["root","root-g2"\]/);
  });

  void it("accepts only what is allowed by name", () => {
    assert.deepEqual(check(only("root", { allowGaps: ["root", "root-g2"] }), 1, 230), []);
    assert.equal(check(only("root", { allowGaps: ["root", "root-g1"] }), 1, 230).length, 1);
  });

  void it("accepts a run that shortens a state, because it keeps the gap from growing", () => {
    assert.deepEqual(check(only("root"), 85, 99), []);
    assert.deepEqual(check(only("intermediate"), 30, 50), []);
  });

  void it("accepts the first run at any time", () => {
    assert.deepEqual(checkLateRun(only("root"), "rotation", -Infinity, day(230)), []);
  });

  void it("refuses a clock that went back across a change, but no other", () => {
    assert.deepEqual(check(only("root"), 95, 91), []);
    assert.match(
      check(only("root"), 100, 99).join(),
      /clock says 2026-04-10T.*, when there was still root active, root-g1 published\. Correct the clock/,
    );
  });

  const SCHEDULE = { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" };
  const changes: readonly { what: string; previous: RotationArgs; next: RotationArgs; problems: RegExp[] }[] = [
    {
      what: "a new schedule that publishes nothing yet",
      previous: {},
      next: { root: { ...SCHEDULE, start: "2026-12-01T00:00:00Z" } },
      problems: [],
    },
    {
      what: "a new schedule whose first change is past",
      previous: {},
      next: { root: SCHEDULE },
      problems: [/root was in use until now and is gone/, /root-g2 was never published/],
    },
    {
      what: "a longer period, from a start that keeps the number",
      previous: { root: SCHEDULE },
      next: { root: { ...SCHEDULE, start: "2025-05-20T00:00:00Z", every: "226d" } }, // 2 is active on day 240 either way
      problems: [],
    },
    {
      what: "a shorter period, which has advanced the number",
      previous: { root: SCHEDULE },
      next: { root: { ...SCHEDULE, every: "50d" } },
      problems: [/root-g2 was in use until now and is gone/, /root-g4 was never published/],
    },
    {
      what: "a removed schedule",
      previous: { ssh: { user: { ...SCHEDULE, publishBefore: "5d" } } },
      next: {},
      problems: [/ssh-user was never published/, /ssh-user-g2 was in use until now and is gone/],
    },
  ];
  for (const { what, previous, next, problems } of changes) {
    void it(`${problems.length === 0 ? "accepts" : "refuses"} ${what}`, () => {
      const at = day(240);
      const found = checkLateRun(readRotation(next), "rotation", day(239), at, readRotation(previous));
      assert.equal(found.length, problems.length, JSON.stringify(found));
      for (const problem of problems) {
        assert.ok(
          found.some(({ reason }) => problem.test(reason)),
          String(problem),
        );
      }
    });
  }

  void it("has a separate description for a gap that the run does not make", () => {
    const [published] = trustGaps(only("root"), day(85), day(99));
    const [retiring, ended] = trustGaps(only("root"), day(91), day(119.5));
    const text = [published, retiring, ended].map((gap) => (gap === undefined ? "" : describeGap(gap))).join("\n");
    assert.match(
      text,
      /^root-g1 was not published long enough: a client without it does not trust it from .* \(1d1h\)$/m,
    );
    assert.match(
      text,
      /^root retires too soon: what it issued is not trusted from 2026-05-01T00:00:00Z to .* \(13h\)$/m,
    );
    assert.match(
      text,
      /^the certificate of intermediate ended while it was in use: what it issued is not trusted from /m,
    );
  });
});
