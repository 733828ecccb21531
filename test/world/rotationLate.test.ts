import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { checkLateRun } from "../../provider/rotation/lateRun";
import { BEGINNING, changesOfTenYears, DAY, TEN_YEARS } from "../engine/rotationSchedule";
import { RotationStack } from "../engine/rotationStack";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

void describe("A rotation whose runs come late", () => {
  let stack: RotationStack;
  before(async () => {
    stack = await RotationStack.over(await WorldProject.rootStack(), TEN_YEARS);
    stack.at(BEGINNING);
    await stack.up();
  });
  after(() => {
    stack.project.remove();
  });

  /** The last of the changes that a run may skip to. */
  const latestAllowed = (from: number): number =>
    changesOfTenYears()
      .filter((change) => change > from)
      .findLast((change) => checkLateRun(stack.rotation, "rotation", from, change).length === 0) ?? from;

  void it("ends in the same generations and states when runs skip what they are allowed to", async () => {
    const skipped: number[] = [];
    while (stack.expected.generations.root[0]?.number === 0) {
      const next = latestAllowed(stack.now);
      skipped.push(changesOfTenYears().filter((change) => change > stack.now && change < next).length);
      stack.at(next);
      await stack.up();
      await stack.checkState();
    }
    assert.ok(skipped.length > 1 && Math.max(...skipped) >= 3, JSON.stringify(skipped));
  });

  void it("refuses a run that would skip a state that valid certificates need, and makes nothing", async () => {
    // After root-g2 should be published: no run has published it.
    stack.at(BEGINNING + 2570 * DAY);
    const before = await stack.project.state();
    const files = stack.keyFiles;
    for (const args of [["preview"], UP]) {
      const run = await stack.project.pulumi(args);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /ROTATION_LATE: the last run was on \S+, and root-g2 was never published/);
      assert.match(run.output, /rotation\.allowGaps = \["root-g2"/);
      assert.doesNotMatch(run.output, /\+ {2}pulumi-nodejs|created/);
    }
    assert.deepEqual(await stack.project.state(), before);
    assert.deepEqual(stack.keyFiles, files);
  });

  void it("is reported with its gap in trust by status and plan", async () => {
    const status = await stack.project.kmsPki(["status"]);
    assert.match(status.output, /Next: \S+, which is due/);
    assert.match(status.output, /Gap in trust: root-g2 was never published: .* from \S+ to \S+ \(\w+\)/);
    assert.ok((status.code ?? 0) > 0, status.output);
    const file = join(stack.project.scratch, "rotation.json");
    writeFileSync(file, JSON.stringify(TEN_YEARS));
    const lastRun = await stack.project.output("lastRun");
    const from = new Date(stack.now).toISOString().replace(".000", "");
    const plan = await stack.project.kmsPki(["plan", "--schedule", file, "--last-run", lastRun, "--from", from]);
    assert.match(plan.output, /root-g2 was never published/);
    assert.equal(plan.code, 1, plan.output);
  });

  void it("refuses to go back when the clock is behind the last run", async () => {
    stack.at(BEGINNING + 1300 * DAY);
    const run = await stack.tryUp();
    assert.match(run.output, /ROTATION_LATE: .*but the clock says/);
  });

  void it("makes the gap when it is allowed by name", async () => {
    stack.at(BEGINNING + 2570 * DAY);
    const refused = await stack.tryUp();
    const [, labels = "[]"] = /rotation\.allowGaps = (\[[^\]]*\])/.exec(refused.output) ?? [];
    await stack.setRotation({ ...TEN_YEARS, allowGaps: JSON.parse(labels) as string[] });
    await stack.up();
    await stack.checkState();
  });

  void it("is judged by its former schedule when that changes", async () => {
    const root = { start: "2026-01-01T00:00:00Z", every: "640d", publishBefore: "150d", retireAfter: "180d" };
    await stack.setRotation({ ...TEN_YEARS, root });
    const run = await stack.tryUp();
    assert.match(run.output, /ROTATION_LATE: .*root-g4 was never published/);
  });
});
