import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing, runTool } from "../tools";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

/** Two roots, the second of which follows the first, and the cross certificate between them. */
function program(end: string, issuer = "issuer: old,"): string {
  return `
const key = (name) => new pki.SoftKey(name, { encryption: "none" });
const root = (name, notBefore, notAfter) =>
  new pki.Certificate(name, {
    key: key(name), subject: { commonName: name }, pathLength: "unlimited", notBefore, notAfter,
  }, { protect: true });
const old = root("old", "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
const young = root("young", "2034-01-01T00:00:00Z", "2046-01-01T00:00:00Z");
const cross = new pki.Certificate("cross", {
  crossOf: young, ${issuer} notBefore: "2034-01-01T00:00:00Z", notAfter: "${end}",
});
const issuing = new pki.Certificate("issuing", {
  key: key("issuing"), issuer: young, subject: { commonName: "issuing" },
  notBefore: "2034-06-01T00:00:00Z", notAfter: "2040-01-01T00:00:00Z",
});
exports.old = old.certificatePem;
exports.young = young.certificatePem;
exports.cross = cross.chainPem;
exports.issuing = issuing.chainPem;
exports.renewal = cross.renewalTime.apply((time) => time ?? "never");
exports.ready = cross.readyForRenewal;
exports.from = cross.notBefore;
exports.id = cross.subjectKeyIdentifier;
exports.youngId = young.subjectKeyIdentifier;
`;
}

void describe("A cross certificate in a program", { skip: missing("openssl") }, () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.program(program("2036-01-01T00:00:00Z", ""));
    project.setEnvironment({ KMS_PKI_NOW: "2035-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
  });
  after(() => {
    project.remove();
  });

  void it("is refused without an issuer, before anything is made", async () => {
    const run = await project.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /Certificate "cross" has a problem:\s+issuer: INPUT_INVALID/);
    assert.equal(existsSync(join(project.directory, "keys")), false);
  });

  void it("lets a client of the old root verify what the new one issues", async () => {
    project.setProgram(program("2036-01-01T00:00:00Z"));
    await project.up();
    const outputs = await project.outputs();
    const file = (name: string, ...pems: string[]): string => {
      const path = join(project.scratch, name);
      writeFileSync(path, pems.map((pem) => String(outputs[pem])).join(""));
      return path;
    };
    const time = String(Date.parse("2035-01-01T00:00:00Z") / 1000);
    const verify = ["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-attime", time];
    const issuing = file("issuing.pem", "issuing");
    for (const root of ["old", "young"]) {
      const bundle = ["-untrusted", file("cross.pem", "cross")];
      assert.match(runTool("openssl", [...verify, "-CAfile", file("root.pem", root), ...bundle, issuing]), /: OK/);
    }
    assert.equal(outputs["from"], "2034-01-01T00:00:00.000Z");
    assert.equal(outputs["id"], outputs["youngId"]);
    assert.deepEqual([outputs["renewal"], outputs["ready"]], ["never", false]);
  });

  void it("stays unchanged, and is reissued in place when its end changes", async () => {
    await project.succeed(["preview", "--expect-no-changes"]);
    const before = await project.output("cross");
    project.setProgram(program("2035-12-01T00:00:00Z"));
    assert.match((await project.succeed(["preview"])).output, /~ 1 to update/);
    await project.up();
    assert.notEqual(await project.output("cross"), before);
    project.setProgram(program("2036-01-02T00:00:00Z"));
    const run = await project.pulumi(UP);
    assert.match(run.output, /VALIDITY_EXCEEDS_ISSUER/);
  });
});
