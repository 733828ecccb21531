import assert from "node:assert/strict";
import { GetKeyPolicyCommand, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AwsStack } from "../awskms/awsStack";
import { UP, UP_WITHOUT_PREVIEW } from "../engine/project";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import type { WorldProject } from "./worldProject";

void describe("The root stack on AWS KMS, with its root elsewhere", { skip: missing("ministack") }, () => {
  let stack: AwsStack<WorldProject>;
  before(async () => {
    stack = await awsWorld({ "kms-pki:region": "us-east-1", "kms-pki:rootRegion": "eu-west-1" });
  });
  after(() => stack.stop());

  void it("makes and uses the root's key in its region, and all other keys in theirs", async () => {
    await stack.project.up();
    const regions = stack.kms.requests.map(({ operation, region }) => `${operation} ${region}`).sort();
    assert.deepEqual(regions, [
      "GetPublicKey eu-west-1",
      ...Array<string>(3).fill("GetPublicKey us-east-1"),
      ...Array<string>(2).fill("Sign eu-west-1"),
    ]);
    const { resourceName } = (await stack.project.state()).resources.find(
      ({ urn }) => urn.includes(":ExistingKey") && urn.endsWith("::ca-root-key"),
    )?.outputs ?? { resourceName: undefined };
    assert.match(String(resourceName), /^arn:aws:kms:eu-west-1:/);
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "awskms", region: "us-east-1" });
    const { stepCaIamPolicy } = await stack.project.outputs();
    assert.doesNotMatch(JSON.stringify(stepCaIamPolicy), /eu-west-1/);
  });

  void it("signs with it there when the root is renamed, and changes nothing else", async () => {
    await stack.project.setConfig("kms-pki:rootCommonName", "Elsewhere");
    stack.kms.clear();
    await stack.project.up();
    assert.deepEqual(
      stack.kms.requests.map(({ operation, region }) => `${operation} ${region}`),
      ["Sign eu-west-1", "Sign eu-west-1"],
    );
    assert.match((await stack.project.up()).output, /16 unchanged/);
  });
});

void describe("The root stack on AWS KMS", { skip: missing("ministack") }, () => {
  let stack: AwsStack<WorldProject>;
  before(async () => {
    stack = await awsWorld({ "kms-pki:region": "us-east-1" });
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("reissues in place when the subject changes", async () => {
    const before = await stack.project.outputs();
    await stack.project.setConfig("kms-pki:intermediateCommonName", "Example Intermediate");
    stack.kms.clear();
    const { output } = await stack.project.up();
    assert.match(output, /~ 1 updated/);
    assert.deepEqual(stack.kms.calls, ["Sign"]);
    const after = await stack.project.outputs();
    assert.equal(after["rootCertificate"], before["rootCertificate"]);
    assert.equal(after["intermediateKey"], before["intermediateKey"]);
    const [old, renewed] = [before, after].map(
      (outputs) => new X509Certificate(String(outputs["intermediateCertificate"])),
    );
    assert.equal(renewed?.subject, "CN=Example Intermediate");
    assert.notEqual(renewed.serialNumber, old?.serialNumber);
  });

  void it("writes the kms block in its uri form when asked to, without a signature", async () => {
    await stack.project.setConfig("kms-pki:kmsUri", "true");
    stack.kms.clear();
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.deepEqual(stack.kms.calls, []);
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "awskms", uri: "awskms:region=us-east-1" });
  });
});

void describe("The settings of keys in AWS KMS", { skip: missing("ministack") }, () => {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "kms:*", Resource: "*" },
    ],
  };
  let stack: AwsStack<WorldProject>;
  before(async () => {
    stack = await awsWorld({
      "kms-pki:algorithm": "RSA_3072_PSS",
      "kms-pki:keyDescription": "Keys of the example",
      "kms-pki:tags.team": "security",
      "kms-pki:keyPolicyFile": "policy.json",
      "kms-pki:multiRegion": "true",
      "kms-pki:deletionWindowInDays": "7",
    });
    writeFileSync(join(stack.project.directory, "policy.json"), JSON.stringify(policy));
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("reach AWS", async () => {
    const keys = await stack.keys();
    assert.equal(keys.length, 4);
    for (const { KeyId = "", KeySpec, Description, MultiRegion } of keys) {
      assert.deepEqual(
        { KeySpec, Description, MultiRegion },
        { KeySpec: "RSA_3072", Description: "Keys of the example", MultiRegion: true },
      );
      const { Policy = "" } = await stack.client.send(new GetKeyPolicyCommand({ KeyId }));
      assert.deepEqual(JSON.parse(Policy), policy);
      const { Tags = [] } = await stack.client.send(new ListResourceTagsCommand({ KeyId }));
      assert.ok(Tags.some(({ TagKey, TagValue }) => TagKey === "team" && TagValue === "security"));
    }
    assert.match((await stack.project.up()).output, /14 unchanged/);
  });

  void it("change in place if AWS can change them, without a signature", async () => {
    await stack.project.setConfig("kms-pki:tags.team", "platform");
    await stack.project.setConfig("kms-pki:keyDescription", "Keys of another");
    stack.kms.clear();
    const { output } = await stack.project.up();
    assert.match(output, /~ 4 updated/);
    assert.deepEqual(stack.kms.calls, []);
    assert.ok((await stack.keys()).every(({ Description }) => Description === "Keys of another"));
  });

  void it("keep destroyed keys for the configured time", async () => {
    await stack.project.unprotect();
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    for (const { DeletionDate } of await stack.keys()) {
      const days = ((DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
      assert.ok(days > 6 && days < 8, String(days));
    }
  });
});

void describe("Wrong settings of AWS KMS", { skip: missing("ministack") }, () => {
  void it("are reported all at once, before any key is made", async () => {
    const stack = await awsWorld({
      "kms-pki:algorithm": "ED25519",
      "kms-pki:aliasPrefix": "Company",
      "kms-pki:deletionWindowInDays": "5",
      "kms-pki:region": "nowhere",
      "kms-pki:newKeys[0]": "leaf",
      "kms-pki:existing.root": "alias/Root",
      "kms-pki:adopt.intermediate": "arn:aws:s3:::bucket",
      "kms-pki:rootCommonName": " ",
    });
    try {
      const { code, output } = await stack.project.pulumi(UP);
      assert.notEqual(code, 0);
      for (const problem of [
        /algorithm: ALGORITHM_UNSUPPORTED: step-ca cannot sign with ED25519 keys in AWS KMS/,
        /kms-pki:aliasPrefix: INPUT_INVALID: "Company" has an upper-?case letter.*step-ca lower-?cases/,
        /kms-pki:deletionWindowInDays: INPUT_INVALID: 5 is not within 7 to 30/,
        /kms-pki:region: INPUT_INVALID: "nowhere" is not an AWS region/,
        /kms-pki:newKeys\[0\]: INPUT_INVALID: "leaf" is not a key/,
        /kms-pki:existing\.root: KEY_URI_INVALID: the alias "alias\/Root" has an upper-?case letter/,
        /kms-pki:adopt\.intermediate: KEY_URI_INVALID: "arn:aws:s3:::bucket" does not name a key/,
        /kms-pki:rootCommonName: SUBJECT_INVALID/,
      ]) {
        assert.match(output, problem);
      }
      assert.deepEqual(await stack.keys(), []);
      assert.deepEqual(stack.kms.calls, []);
    } finally {
      await stack.stop();
    }
  });
});
