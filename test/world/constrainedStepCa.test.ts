import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { shellBlock } from "../documentation/shellBlocks";
import { missing, runTool } from "../tools";
import { provisionerFlags } from "../engine/issuesCertificates";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { WorldProject } from "./worldProject";

/** step-ca unites the constraints of the intermediate and the root; its clients want both to permit a name. */
void describe("step-ca under name constraints", { skip: missing("step-ca", "step", "openssl") }, () => {
  let project: WorldProject;
  let ca: StepCa;
  before(async () => {
    const port = await freePort();
    project = await WorldProject.rootStack({
      "kms-pki:address": `127.0.0.1:${String(port)}`,
      "kms-pki:ssh": "false",
    });
    for (const line of shellBlock("docs/certificates.md", "rootNameConstraints").trim().split("\n")) {
      const [, key = "", value = ""] = /^pulumi config set --path '([^']+)' (\S+)$/.exec(line) ?? [];
      await project.succeed(["config", "set", "--path", key, value]);
    }
    const excluded = "kms-pki:intermediateNameConstraints.excluded.dnsDomains[0]";
    await project.succeed(["config", "set", "--path", excluded, "secret.example.com"]);
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, join(project.scratch, "step"));
  });
  after(async () => {
    await ca.stop();
    project.remove();
  });

  // OpenSSL takes a common name that looks like an address for a host.
  const issue = async (name: string): Promise<unknown> =>
    ca.step(["ca", "certificate", "A", `${name}.crt`, `${name}.key`, "--san", name, ...provisionerFlags(project)]);

  for (const name of ["localhost", "www.example.com", "127.0.0.1"]) {
    void it(`issues a certificate for ${name}, which openssl and Go verify`, async () => {
      await issue(name);
      const [leaf, root, intermediate] = [
        join(project.scratch, "step", `${name}.crt`),
        ...["root_ca.crt", "intermediate_ca.crt"].map((file) => join(project.directory, "ca", file)),
      ] as [string, string, string];
      assert.match(
        runTool("openssl", ["verify", "-x509_strict", "-CAfile", root, "-untrusted", intermediate, leaf]),
        /: OK/,
      );
      runTool("step", ["certificate", "verify", leaf, "--roots", root]);
    });
  }

  for (const name of ["www.example.org", "secret.example.com", "a.secret.example.com", "192.0.2.1"]) {
    void it(`refuses a certificate for ${name}`, async () => {
      await assert.rejects(issue(name), /not (?:permitted|allowed)|is excluded|forbidden/i);
    });
  }

  void it("has the subject and the policies of the settings", () => {
    const text = (file: string): string =>
      runTool("openssl", ["x509", "-noout", "-text", "-in", join(project.directory, "ca", file)]);
    assert.match(text("root_ca.crt"), /Subject: O = Example, CN = Smallstep Root/);
    assert.match(text("intermediate_ca.crt"), /Policy: 1\.3\.6\.1\.4\.1\.99999\.1/);
  });

  void it("stays as it is in a second run", async () => {
    await project.succeed(["preview", "--expect-no-changes"]);
  });

  void it("is not made for names that it could not serve", async () => {
    for (const [index, name] of ["localhost", "127.0.0.1", "ca.example.org"].entries()) {
      await project.succeed(["config", "set", "--path", `kms-pki:dnsNames[${String(index)}]`, name]);
    }
    const run = await project.pulumi(["preview"]);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /kms-pki:dnsNames\[2\]: NAME_NOT_PERMITTED/);
  });
});
