import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { missing } from "../tools";
import { killedAt } from "./providerCalls";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { commandLine, processesOf } from "./projectProcesses";

const noProc = existsSync("/proc/self/environ") ? false : "looks at /proc";

void describe("A run whose engine was killed", { skip: missing("pulumi") || noProc }, () => {
  let project: PulumiProject;
  const left = (): string[] => processesOf(project.scratch).map(commandLine);
  before(async () => {
    project = await PulumiProject.rootStack();
    const run = await killedAt(project, UP_WITHOUT_PREVIEW, "link:1:before");
    assert.equal(run.signal, "SIGKILL");
  });
  after(() => {
    project.remove();
  });

  void it("has no provider left once that has nothing to finish", { timeout: 60_000 }, async ({ signal }) => {
    while (left().some((command) => command.includes("dynamic-provider"))) {
      await sleep(100, undefined, { signal });
    }
  });

  void it(
    "leaves Pulumi's language host, which these tests end with their project",
    { timeout: 60_000 },
    async ({ signal }) => {
      assert.ok(
        left().some((command) => command.includes("pulumi-language-nodejs")),
        left().join("\n"),
      );
      project.remove();
      while (left().length > 0) {
        await sleep(100, undefined, { signal });
      }
    },
  );
});
