import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing, runTool } from "../tools";
import { PulumiProject } from "./project";
import { freePort, StepCa } from "./stepCa";

const TOOLS = missing("pulumi", "step-ca", "step", "openssl", "ssh-keygen");

async function exportedProject(config: Readonly<Record<string, string>>): Promise<[PulumiProject, number]> {
  const port = await freePort();
  const project = await PulumiProject.rootStack({
    "kms-pki:deletionProtection": "false",
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
  const inHome = (file: string): string => join(project.scratch, "step", file);
  const provisioner = (): string[] => ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];

  before(async () => {
    const [made, port] = await exportedProject({ "kms-pki:acme": "true", "kms-pki:sshpop": "true" });
    project = made;
    ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, join(project.scratch, "step"));
  });
  after(async () => {
    await ca.stop();
    project.remove();
  });

  void it("issues a TLS certificate through the JWK provisioner that openssl verifies up to the root", async () => {
    await ca.step(["ca", "certificate", "localhost", "leaf.crt", "leaf.key", ...provisioner()]);
    const verified = runTool("openssl", [
      ...["verify", "-x509_strict", "-CAfile", inCa("root_ca.crt"), "-untrusted", inCa("intermediate_ca.crt")],
      inHome("leaf.crt"),
    ]);
    assert.match(verified, /: OK/);
  });

  void it("renews that certificate", async () => {
    const old = readFileSync(inHome("leaf.crt"), "utf8");
    await ca.step(["ca", "renew", "leaf.crt", "leaf.key", "--force"]);
    assert.notEqual(readFileSync(inHome("leaf.crt"), "utf8"), old);
  });

  for (const [kind, flags, output] of [
    ["user", [], "sshUserFingerprint"],
    ["host", ["--host"], "sshHostFingerprint"],
  ] as const) {
    void it(`issues an SSH ${kind} certificate, signed by the ${kind} key, that ssh-keygen reads`, async () => {
      const name = `id_${kind}`;
      await ca.step([
        ...["ssh", "certificate", "somebody", name, ...flags, "--no-password", "--insecure", "--no-agent"],
        ...provisioner(),
      ]);
      const read = runTool("ssh-keygen", ["-L", "-f", inHome(`${name}-cert.pub`)]);
      assert.match(read, new RegExp(`Type: ecdsa-sha2-nistp256-cert-v01@openssh.com ${kind} certificate`));
      assert.ok(read.includes(await project.output(output)), read);
    });
  }

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

  void it("is bootstrapped by the root's fingerprint", async () => {
    const fingerprint = runTool("step", ["certificate", "fingerprint", inCa("root_ca.crt")]).trim();
    assert.equal(fingerprint, await project.output("rootFingerprint"));
  });

  void it("never logged the passphrase", () => {
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
        const provisioner = ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];
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
