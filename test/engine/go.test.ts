import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findTool, runTool } from "../tools";
import { inGo } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { goProject, setGoProgram } from "./goProject";
import { CHECKOUT } from "./project";

// The first program takes minutes to build, so not every machine has the host: see toolchain/pulumi-host.sh.
if (findTool("pulumi-language-go") !== undefined) {
  tellsAuthority({
    name: "Go",
    tools: ["go", "sdk-generator"],
    start: (program) => goProject(inGo(program)),
    change: (project, program) => {
      setGoProgram(project, inGo(program));
    },
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
