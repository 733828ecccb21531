import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { CHECKOUT, PASSPHRASE, type PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";
import { setYamlProgram, yamlProject } from "./yamlProject";

/** The programs of the documentation: an authority, and two keys, a root and a CA below it. */
const [AUTHORITY = "", CHAIN = ""] = [
  ...readFileSync(join(CHECKOUT, "docs", "plugin.md"), "utf8").matchAll(/```yaml\n([^]*?)```/g),
].map(([, text = ""]) => text);

void describe("A program in YAML", { skip: missing("pulumi", "pulumi-language-yaml") }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await yamlProject(CHAIN);
  });
  after(() => {
    project.remove();
  });

  void it("previews a chain and makes nothing", async () => {
    const { output } = await project.succeed(["preview"]);
    assert.match(output, /kms-pki:index:Certificate issuing create/);
    assert.equal(existsSync(join(project.directory, "keys")), false);
  });

  void it("makes a chain that openssl accepts, from outputs as arguments", async () => {
    await project.succeed(UP_WITHOUT_PREVIEW);
    for (const name of ["root", "chain"]) {
      writeFileSync(join(project.scratch, `${name}.pem`), await project.output(name));
    }
    const { scratch } = project;
    assert.match(openssl(["verify", "-CAfile", join(scratch, "root.pem"), join(scratch, "chain.pem")]), /OK/);
  });

  void it("changes nothing in a second run, and finds nothing in a refresh", async () => {
    await project.succeed([...UP, "--expect-no-changes"]);
    await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  });

  void it("is refused with the code and the name of the argument", async () => {
    setYamlProgram(project, CHAIN.replace("SoftKey }", "SoftKey, properties: { algorithm: DSA } }"));
    const { code, output } = await project.pulumi(["preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /ALGORITHM_UNSUPPORTED: /);
    assert.match(output, /algorithm/);
    setYamlProgram(project, CHAIN);
  });

  void it("takes the passphrase from the secret configuration, of an explicit provider too, and nothing shows it", async () => {
    const without = { KMS_PKI_PASSPHRASE_FILE: "" };
    await project.succeed(["config", "set", "--secret", "kms-pki:passphrase", PASSPHRASE]);
    await project.succeed(["config", "set", "--secret", "word", PASSPHRASE]);
    const explicit = `
config: { word: { type: string, secret: true } }
resources:
  own: { type: pulumi:providers:kms-pki, properties: { passphrase: "\${word}" } }
  key: { type: kms-pki:SoftKey, options: { provider: "\${own}" } }
`;
    setYamlProgram(project, CHAIN.replace("\nresources:\n", explicit));
    const { output } = await project.succeed(UP_WITHOUT_PREVIEW, without);
    assert.ok(existsSync(join(project.directory, "keys", "key.pem")));
    assert.ok(!`${output}${await project.exportedState()}`.includes(PASSPHRASE));
  });

  void it("previews the authorities of the documentation and of the example, and makes nothing", async () => {
    const [example = ""] =
      /^resources:[^]*/m.exec(readFileSync(join(CHECKOUT, "examples", "yaml", "Pulumi.yaml"), "utf8")) ?? [];
    setYamlProgram(project, AUTHORITY.replace(/^resources:[^]*/m, example));
    await project.succeed(["preview"]);
    setYamlProgram(project, AUTHORITY);
    const { output } = await project.succeed(["preview"]);
    assert.match(output, /kms-pki:index:CertificateAuthority ca create/);
    assert.equal(existsSync(join(project.directory, "keys", "intermediate.pem")), false);
    setYamlProgram(project, CHAIN);
  });

  void it("destroys what it made", async () => {
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual((await project.state()).resources, []);
    assert.equal(existsSync(join(project.directory, "keys", "rootKey.pem")), false);
  });
});
