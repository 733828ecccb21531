import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { issuesCertificates, running } from "../engine/issuesCertificates";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { YubiKeyStack } from "../engine/yubiKeyStack";
import { UP } from "../engine/project";
import { awsWorld } from "./awsWorld";
import type { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "opensc-tool", "ministack", "step-ca", "step", "openssl", "ssh-keygen");

void describe("A root in a YubiKey over an intermediate in AWS KMS", { skip }, () => {
  let aws: AwsStack<WorldProject>;
  let stack: YubiKeyStack<WorldProject>;
  let ca: StepCa | undefined;
  before(async () => {
    const port = await freePort();
    aws = await awsWorld({ "kms-pki:rootKms": "yubikey", "kms-pki:address": `127.0.0.1:${String(port)}` });
    stack = await YubiKeyStack.over(aws.project);
    const { project } = aws;
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    await stack.readers.remove(stack.card);
    const [directory, home] = [join(project.directory, "ca"), join(project.scratch, "step")];
    ca = await StepCa.start(directory, project.passphraseFile, port, home, aws.stepCaEnvironment);
  });
  after(async () => {
    await ca?.stop();
    await stack.readers.stop();
    await aws.stop();
  });

  issuesCertificates(() => ({ project: aws.project, ca: running(ca) }));

  void it("has one key in the YubiKey and three in AWS", async () => {
    assert.equal(stack.seen("GENERATE"), 1);
    assert.equal((await aws.liveKeys()).length, 3);
    assert.equal(await aws.project.output("rootKey"), "yubikey:slot-id=9a");
    assert.match(await aws.project.output("intermediateKey"), /^awskms:key-id=/);
  });

  void it("changes nothing in an up without the YubiKey", async () => {
    assert.match((await aws.project.up()).output, /\d+ unchanged/);
  });

  void it("needs it when the root signs again", async () => {
    await aws.project.setConfig("kms-pki:intermediateCommonName", "Renamed Intermediate");
    const run = await aws.project.pulumi(UP);
    assert.match(run.output, /CARD_NOT_FOUND/);
    await stack.readers.reinsert(stack.card);
    await aws.project.up();
  });
});
