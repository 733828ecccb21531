import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { runTool } from "../tools";
import type { StackProject } from "./stackProject";
import type { StepCa } from "./stepCa";

/** A step-ca running on the `ca` folder that a project exported. Its client's home is `step` in the scratch folder. */
export interface RunningCa {
  readonly project: StackProject;
  readonly ca: StepCa;
}

/** The step-ca that a suite started. */
export function running(ca: StepCa | undefined): StepCa {
  if (ca === undefined) {
    throw new Error("step-ca did not start");
  }
  return ca;
}

/** The flags with which `step` uses the JWK provisioner, whose password is the passphrase. */
export function provisionerFlags(project: StackProject): string[] {
  return ["--provisioner", "admin", "--provisioner-password-file", project.passphraseFile];
}

/** Tests that step-ca issues and renews certificates, whatever KMS holds its keys. */
export function issuesCertificates(running: () => RunningCa): void {
  const inCa = (file: string): string => join(running().project.directory, "ca", file);
  const inHome = (file: string): string => join(running().project.scratch, "step", file);

  void it("issues a TLS certificate through the JWK provisioner that openssl verifies up to the root", async () => {
    await running().ca.step([
      "ca",
      "certificate",
      "localhost",
      "leaf.crt",
      "leaf.key",
      ...provisionerFlags(running().project),
    ]);
    const verified = runTool("openssl", [
      ...["verify", "-x509_strict", "-CAfile", inCa("root_ca.crt"), "-untrusted", inCa("intermediate_ca.crt")],
      inHome("leaf.crt"),
    ]);
    assert.match(verified, /: OK/);
  });

  void it("renews that certificate", async () => {
    const old = readFileSync(inHome("leaf.crt"), "utf8");
    await running().ca.step(["ca", "renew", "leaf.crt", "leaf.key", "--force"]);
    assert.notEqual(readFileSync(inHome("leaf.crt"), "utf8"), old);
  });

  for (const [kind, flags, output] of [
    ["user", [], "sshUserFingerprint"],
    ["host", ["--host"], "sshHostFingerprint"],
  ] as const) {
    void it(`issues an SSH ${kind} certificate, signed by the ${kind} key, that ssh-keygen reads`, async () => {
      const name = `id_${kind}`;
      await running().ca.step([
        ...["ssh", "certificate", "somebody", name, ...flags, "--no-password", "--insecure", "--no-agent"],
        ...provisionerFlags(running().project),
      ]);
      const read = runTool("ssh-keygen", ["-L", "-f", inHome(`${name}-cert.pub`)]);
      assert.match(read, new RegExp(`Type: ecdsa-sha2-nistp256-cert-v01@openssh.com ${kind} certificate`));
      assert.ok(read.includes(await running().project.output(output)), read);
    });
  }
}
