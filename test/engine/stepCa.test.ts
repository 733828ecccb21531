import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing, runTool } from "../tools";
import { issuesCertificates, provisionerFlags } from "./issuesCertificates";
import { PulumiProject } from "./project";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

const TOOLS = missing("pulumi", "step-ca", "step", "openssl", "ssh-keygen");

async function exportedProject(config: Readonly<Record<string, string>>): Promise<[PulumiProject, number]> {
  const port = await freePort();
  const project = await PulumiProject.rootStack({
    "kms-pki:address": `127.0.0.1:${String(port)}`,
    ...config,
  });
  await project.up();
  const exported = await project.kmsPki(["export", "--dir", "ca"]);
  assert.equal(exported.code, 0, exported.output);
  return [project, port];
}

void describe("step-ca on the exported ca.json", { skip: TOOLS }, () => {
  let project: PulumiProject;
  let ca: StepCa;
  const inCa = (file: string): string => join(project.directory, "ca", file);

  before(async () => {
    const [made, port] = await exportedProject({ "kms-pki:acme": "true", "kms-pki:sshpop": "true" });
    project = made;
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

for (const algorithm of ["ECDSA_P384", "ECDSA_P521", "RSA_2048_PKCS1", "RSA_2048_PSS", "ED25519"]) {
  void describe(`step-ca on ${algorithm} keys`, { skip: TOOLS }, () => {
    void it("starts and issues a TLS and an SSH certificate", async () => {
      const [project, port] = await exportedProject({ "kms-pki:algorithm": algorithm });
      const home = join(project.scratch, "step");
      const ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, home);
      try {
        const provisioner = provisionerFlags(project);
        await ca.step(["ca", "certificate", "localhost", "leaf.crt", "leaf.key", ...provisioner]);
        const authority = join(project.directory, "ca");
        const verified = runTool("openssl", [
          ...["verify", "-CAfile", join(authority, "root_ca.crt")],
          ...["-untrusted", join(authority, "intermediate_ca.crt"), join(home, "leaf.crt")],
        ]);
        assert.match(verified, /: OK/);
        await ca.step(["ssh", "certificate", "me", "id", "--no-password", "--insecure", "--no-agent", ...provisioner]);
        assert.match(runTool("ssh-keygen", ["-L", "-f", join(home, "id-cert.pub")]), /user certificate/);
      } finally {
        await ca.stop();
        project.remove();
      }
    });
  });
}
