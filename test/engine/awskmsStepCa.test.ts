import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing, runTool } from "../tools";
import { issuesCertificates } from "./issuesCertificates";
import { freePort, StepCa } from "./stepCa";

const TOOLS = missing("pulumi", "ministack", "step-ca", "step", "openssl", "ssh-keygen");

async function running(config: Readonly<Record<string, string>>): Promise<{ stack: AwsStack; ca: StepCa }> {
  const port = await freePort();
  const stack = await AwsStack.rootStack({ "kms-pki:address": `127.0.0.1:${String(port)}`, ...config });
  const { project } = stack;
  await project.up();
  const exported = await project.kmsPki(["export", "--dir", "ca"]);
  assert.equal(exported.code, 0, exported.output);
  const [directory, home] = [join(project.directory, "ca"), join(project.scratch, "step")];
  return { stack, ca: await StepCa.start(directory, project.passphraseFile, port, home, stack.stepCaEnvironment) };
}

const KINDS: readonly Readonly<Record<string, string>>[] = [
  { "kms-pki:region": "us-east-1" },
  { "kms-pki:region": "us-east-1", "kms-pki:kmsUri": "true", "kms-pki:algorithm": "RSA_2048_PKCS1" },
  { "kms-pki:algorithm": "ECDSA_P384" },
];

for (const config of KINDS) {
  void describe(`step-ca on keys in AWS KMS with ${JSON.stringify(config)}`, { skip: TOOLS }, () => {
    let stack: AwsStack;
    let ca: StepCa;
    before(async () => {
      ({ stack, ca } = await running(config));
    });
    after(async () => {
      await ca.stop();
      await stack.stop();
    });

    issuesCertificates(() => ({ project: stack.project, ca }));

    void it("has an intermediate that openssl verifies strictly", () => {
      const directory = join(stack.project.directory, "ca");
      const files = ["-CAfile", join(directory, "root_ca.crt"), join(directory, "intermediate_ca.crt")];
      assert.match(runTool("openssl", ["verify", "-x509_strict", ...files]), /: OK/);
    });
  });
}
