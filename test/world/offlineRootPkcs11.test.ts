import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AwsStack } from "../awskms/awsStack";
import { issuesCertificates, running } from "../engine/issuesCertificates";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { UP } from "../engine/project";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { missingSoftHsm } from "../pkcs11/token";
import { awsWorld } from "./awsWorld";
import type { WorldProject } from "./worldProject";

const skip = missingSoftHsm("ministack", "step-ca", "step", "openssl", "ssh-keygen", "cc");

void describe("A root in a PKCS#11 token over an intermediate in AWS KMS", { skip }, () => {
  let aws: AwsStack<WorldProject>;
  let stack: Pkcs11Stack<WorldProject>;
  let ca: StepCa | undefined;
  const tokens = (name: string): string => join(stack.real.directory, name);
  before(async () => {
    const port = await freePort();
    aws = await awsWorld({ "kms-pki:rootKms": "pkcs11", "kms-pki:address": `127.0.0.1:${String(port)}` });
    stack = await Pkcs11Stack.overRootStack(aws.project);
    const { project } = aws;
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    renameSync(tokens("tokens"), tokens("safe"));
    const [directory, home] = [join(project.directory, "ca"), join(project.scratch, "step")];
    ca = await StepCa.start(directory, project.passphraseFile, port, home, aws.stepCaEnvironment);
  });
  after(async () => {
    await ca?.stop();
    await aws.stop();
  });

  issuesCertificates(() => ({ project: aws.project, ca: running(ca) }));

  void it("has one key in the token and three in AWS", async () => {
    assert.equal(stack.module.count("C_GenerateKeyPair"), 1);
    assert.equal((await aws.liveKeys()).length, 3);
    assert.match(await aws.project.output("rootKey"), /^pkcs11:id=[0-9a-f]{32};object=ca-root$/);
    assert.match(await aws.project.output("intermediateKey"), /^awskms:key-id=/);
  });

  void it("changes nothing in an up without the token", async () => {
    assert.match((await aws.project.up()).output, /\d+ unchanged/);
  });

  void it("needs it when the root signs again", async () => {
    await aws.project.setConfig("kms-pki:intermediateCommonName", "Renamed Intermediate");
    const run = await aws.project.pulumi(UP);
    assert.match(run.output, /CARD_NOT_FOUND|KMS_FAILED/);
    renameSync(tokens("safe"), tokens("tokens"));
    await aws.project.up();
  });
});
