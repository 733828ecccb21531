import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { killedAt } from "./providerCalls";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";

/** The provider processes that run for a project. */
function providersOf(project: PulumiProject): string[] {
  return readdirSync("/proc").filter((entry) => {
    try {
      return (
        /^\d+$/.test(entry) &&
        readFileSync(`/proc/${entry}/cmdline`, "utf8").includes("dynamic-provider") &&
        readlinkSync(`/proc/${entry}/cwd`).startsWith(project.directory)
      );
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

const noProc = process.platform === "linux" ? false : "looks at /proc";

void describe("A provider whose engine was killed", { skip: missing("pulumi") || noProc }, () => {
  void it("exits", { timeout: 60_000 }, async () => {
    const project = await PulumiProject.rootStack();
    try {
      const run = await killedAt(project, UP_WITHOUT_PREVIEW, "link:1:before");
      assert.equal(run.signal, "SIGKILL");
      while (providersOf(project).length > 0) {
        await sleep(100);
      }
    } finally {
      project.remove();
    }
  });
});
