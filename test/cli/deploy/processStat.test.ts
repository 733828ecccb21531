import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { processStat } from "../../../provider/cli/deploy/processStat";
import { isDeadRun, ownIdentity } from "../../../provider/cli/deploy/runIdentity";

const skip = process.platform === "linux" ? false : "only Linux has /proc";

void describe("What the system tells of a process", { skip }, () => {
  void it("is right whatever the name of its program is", () => {
    const { title } = process;
    const before = processStat(process.pid);
    process.title = "a) Z (b c";
    try {
      const { program, state, start } = processStat(process.pid) ?? assert.fail();
      assert.deepEqual({ program, state }, { program: "a) Z (b c", state: "R" });
      assert.match(start, /^\d+$/);
      assert.equal(start, before?.start);
    } finally {
      process.title = title;
    }
  });

  void it("is nothing for a process that is gone, so its run is dead and this one is not", () => {
    const { pid } = spawnSync("true");
    assert.equal(processStat(pid), undefined);
    const own = ownIdentity();
    assert.equal(isDeadRun(own), false);
    assert.equal(isDeadRun(own.replace(/:\d+:/, `:${String(pid)}:`)), true);
    assert.equal(isDeadRun(own.replace(/\d+$/, (start) => String(Number(start) + 1))), true);
  });
});
