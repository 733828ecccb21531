import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
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

  void it("has no provider left once that has nothing to finish", async () => {
    await until("no provider is left", () => !left().some((command) => command.includes("dynamic-provider")));
  });

  void it("is recovered by the command, which finds the selected stack", async () => {
    const { code, output, stdout } = await project.kmsPki(["recover"]);
    assert.equal(code, 0, output);
    assert.equal(stdout, "The stack test is recovered\n");
  });

  void it("leaves Pulumi's language host, which these tests end with their project", async () => {
    assert.ok(
      left().some((command) => command.includes("pulumi-language-nodejs")),
      left().join("\n"),
    );
    project.remove();
    await until("nothing is left", () => left().length === 0);
  });
});
