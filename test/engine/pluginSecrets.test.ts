import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { inYaml } from "./authorityPrograms";
import { assertHidden, SECRET_VALUES, VERBOSE } from "./hiddenSecrets";
import { CHECKOUT, type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { pythonProject, setPythonProgram } from "./pythonProject";
import { yamlProject } from "./yamlProject";

/** The programs of the documentation: an authority, and a leaf that it issues. */
const PYTHON = [...readFileSync(join(CHECKOUT, "docs", "plugin.md"), "utf8").matchAll(/```python\n([^]*?)```/g)]
  .map(([, text = ""]) => text)
  .join("\n");

/** Runs a project whose environment contains the secrets, and looks for them in its log and its state. */
async function hidesSecrets(project: PulumiProject): Promise<void> {
  const up = await project.succeed([...UP_WITHOUT_PREVIEW, ...VERBOSE], SECRET_VALUES);
  const refresh = await project.succeed(["refresh", "--yes", "--skip-preview", ...VERBOSE], SECRET_VALUES);
  assert.ok(up.output.length > 100_000, "the log is not verbose");
  assertHidden(project, [up.output, refresh.output, await project.exportedState()]);
}

void describe("Secrets of the plugin", () => {
  void it(
    "are neither in the state nor in a -v=9 log of a program in YAML",
    { skip: missing("pulumi", "pulumi-language-yaml") },
    async () => {
      const project = await yamlProject(inYaml({ port: 9443 }));
      try {
        await hidesSecrets(project);
      } finally {
        project.remove();
      }
    },
  );

  void it(
    "are in neither of a program in Python, whose authority issues a leaf that openssl accepts",
    { skip: missing("pulumi", "pulumi-language-python", "python-with-pulumi") },
    async () => {
      const project = await pythonProject(readFileSync(join(CHECKOUT, "examples", "python", "__main__.py"), "utf8"));
      try {
        await project.succeed(["preview"]);
        setPythonProgram(project, PYTHON);
        await hidesSecrets(project);
        const [root, chain] = ["root.pem", "chain.pem"].map((file) => join(project.scratch, file));
        writeFileSync(root ?? "", await project.output("ca.rootCertificate"));
        writeFileSync(chain ?? "", await project.output("leaf"));
        assert.match(openssl(["verify", "-CAfile", root ?? "", "-untrusted", chain ?? "", chain ?? ""]), /OK/);
      } finally {
        project.remove();
      }
    },
  );
});
