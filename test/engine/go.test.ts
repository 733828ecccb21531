import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findTool, runTool } from "../tools";
import { servesAwsExample } from "./authorityOnAws";
import { inGo } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { goProject, setGoProgram } from "./goProject";
import { CHECKOUT } from "./project";

// The first program takes minutes to build, so not every machine has the host: see toolchain/pulumi-host.sh.
if (findTool("pulumi-language-go") !== undefined) {
  const tools = ["go", "sdk-generator"];

  tellsAuthority({
    name: "Go",
    tools,
    start: (program) => goProject(inGo(program)),
    change: (project, program) => {
      setGoProgram(project, inGo(program));
    },
  });

  servesAwsExample({
    name: "Go",
    tools,
    folder: "go",
    file: "main.go",
    keys: /^\t+Keys:.*\n/m,
    unprotected: "\t\t\tDeletionProtection: pulumi.BoolRef(false),",
    start: goProject,
  });

  void describe("The programs in Go of the documentation and of the example", () => {
    void it("compile", async () => {
      const [documented = ""] =
        /(?<=```go\n)[^]*?(?=```)/.exec(readFileSync(join(CHECKOUT, "docs", "plugin.md"), "utf8")) ?? [];
      assert.match(documented, /NewCertificateAuthority/);
      const project = await goProject(documented);
      try {
        runTool("go", ["-C", project.directory, "vet", "."]);
        setGoProgram(project, readFileSync(join(CHECKOUT, "examples", "go", "main.go"), "utf8"));
        runTool("go", ["-C", project.directory, "vet", "."]);
      } finally {
        project.remove();
      }
    });
  });
}
