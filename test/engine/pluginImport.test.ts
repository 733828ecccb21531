import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { stepCaInit } from "./initTools";
import { type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { countingCalls } from "./providerCalls";
import { setYamlProgram, yamlProject } from "./yamlProject";

const EMPTY = `
name: acme
runtime: yaml
plugins: { providers: [{ name: kms-pki, path: node_modules/.bin }] }
`;

const IMPORT = ["import", "--yes", "--skip-preview", "--protect=false", "--out", "written.yaml"];

void describe("pulumi import of a step-ca", { skip: missing("pulumi", "pulumi-language-yaml", "step") }, () => {
  let project: PulumiProject;
  let caJson: string;
  before(async () => {
    project = await yamlProject(EMPTY);
    const { folder } = stepCaInit(project, join(project.directory, "step"), ":9000", true);
    caJson = join(folder, "ca.json");
  });
  after(() => {
    project.remove();
  });

  void it("takes over a single key, and writes its arguments", async () => {
    const uri = "softkms:path=step/secrets/ssh_user_ca_key";
    await project.succeed([...IMPORT, "kms-pki:index:ExistingKey", "single", uri]);
    appendFileSync(join(project.directory, "Pulumi.yaml"), readFileSync(join(project.directory, "written.yaml")));
    assert.match(
      project.read("Pulumi.yaml"),
      /single:\n +type: kms-pki:ExistingKey\n +properties:\n +uri: softkms:path=step/,
    );
  });

  void it("takes over the keys, certificates and provisioner that kms-pki adopt lists, and the program changes nothing", async () => {
    const adopted = await project.kmsPki(["adopt", "--import", "import.json", caJson]);
    assert.equal(adopted.code, 0, adopted.output);
    const single = project.read("Pulumi.yaml");
    await project.succeed([...IMPORT, "--file", "import.json"]);
    setYamlProgram(project, `${single}${project.read("written.yaml").replace(/^resources:\n/m, "")}`);
    const { calls } = await countingCalls(project, [...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
    assert.equal(calls.sign + calls.generateKeyPair, 0);
    await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    const { resources } = await project.state();
    assert.deepEqual(
      resources.flatMap(({ type, urn }) => (type.startsWith("kms-pki:") ? [urn.split("::").at(-1)] : [])).sort(),
      [
        ...["intermediate", "intermediate-key", "provisioner", "root", "root-key", "single"],
        ...["ssh-host-key", "ssh-user-key"],
      ],
    );
  });
});
