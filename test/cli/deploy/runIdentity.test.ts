import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { isDeadRun, isIdentity, ownIdentity } from "../../../provider/cli/deploy/runIdentity";

void describe("The identity of a run", () => {
  const [machine = "", pid = "", start = ""] = ownIdentity().split(":");
  const dead = String(spawnSync("true").pid);

  void it("needs no quotes in a shell, and names the machine for people", () => {
    assert.ok(isIdentity(ownIdentity()));
    assert.ok(machine.startsWith(`${hostname()}-`));
    assert.equal(isIdentity("me:1:1;id"), false);
    assert.equal(isIdentity("me:1:1\nid"), false);
  });

  void it("proves that a run of this machine is gone", () => {
    assert.equal(isDeadRun(ownIdentity()), false);
    assert.equal(isDeadRun(`${machine}:${dead}:1`), true);
    assert.equal(isDeadRun(`${machine}:${pid}:${start}0`), true);
  });

  void it("proves nothing of a machine or a container of the same name, whose processes have other numbers", () => {
    assert.equal(isDeadRun(`${hostname()}:${dead}:1`), false);
    assert.equal(isDeadRun(`${hostname()}-00000000:${dead}:1`), false);
  });
});
