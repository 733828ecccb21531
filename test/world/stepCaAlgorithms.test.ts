import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { provisionerFlags } from "../engine/issuesCertificates";
import { StepCa } from "../engine/stepCa";
import { freePort } from "../fixtures/freePort";
import { missing, runTool } from "../tools";
import { WorldProject } from "./worldProject";

const skip = missing("step-ca", "step", "openssl", "ssh-keygen");

for (const algorithm of ["ECDSA_P384", "ECDSA_P521", "RSA_2048_PKCS1", "RSA_2048_PSS", "ED25519"]) {
  void describe(`step-ca on ${algorithm} keys`, { skip }, () => {
    void it("starts and issues a TLS and an SSH certificate", async () => {
      const port = await freePort();
      const address = `127.0.0.1:${String(port)}`;
      const project = await WorldProject.rootStack({ "kms-pki:address": address, "kms-pki:algorithm": algorithm });
      await project.up();
      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
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
