import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing, runTool } from "../tools";
import { issuesCertificates } from "./issuesCertificates";
import { PulumiProject } from "./project";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

const TOOLS = missing("pulumi", "step-ca", "step", "openssl", "ssh-keygen");

void describe("step-ca on the exported ca.json", { skip: TOOLS }, () => {
  let project: PulumiProject;
  let ca: StepCa;
  const inCa = (file: string): string => join(project.directory, "ca", file);

  before(async () => {
    const port = await freePort();
    const address = `127.0.0.1:${String(port)}`;
    project = await PulumiProject.rootStack({
      ...{ "kms-pki:address": address, "kms-pki:acme": "true", "kms-pki:sshpop": "true" },
    });
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, join(project.scratch, "step"));
  });
  after(async () => {
    await ca.stop();
    project.remove();
  });

  issuesCertificates(() => ({ project, ca }));

  void it("publishes the SSH keys that the outputs name", async () => {
    const roots = await ca.step(["ssh", "config", "--roots"]);
    assert.ok(roots.includes((await project.output("sshUserPublicKey")).split(" ")[1] ?? "?"), roots);
    const hosts = await ca.step(["ssh", "config", "--host", "--roots"]);
    assert.ok(hosts.includes((await project.output("sshHostPublicKey")).split(" ")[1] ?? "?"), hosts);
  });

  void it("serves the three provisioners", async () => {
    const listed = JSON.parse(await ca.step(["ca", "provisioner", "list"])) as { type: string }[];
    assert.deepEqual(listed.map(({ type }) => type).sort(), ["ACME", "JWK", "SSHPOP"]);
  });

  void it("can be bootstrapped with the root's fingerprint", async () => {
    const fingerprint = runTool("step", ["certificate", "fingerprint", inCa("root_ca.crt")]).trim();
    assert.equal(fingerprint, await project.output("rootFingerprint"));
  });

  void it("never logs the passphrase", () => {
    assert.equal(ca.log.includes(readFileSync(project.passphraseFile, "utf8").trim()), false);
  });
});
