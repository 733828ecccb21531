import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CreateKeyCommand, type CreateKeyCommandInput, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import type { AwsStack } from "../awskms/awsStack";
import { UP } from "../engine/project";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import type { WorldProject } from "./worldProject";

const TOOLS = missing("ministack");
const KEY_TYPE = "aws:kms/key:Key";

async function makeKey(stack: AwsStack<WorldProject>, settings: CreateKeyCommandInput): Promise<string> {
  const { KeyMetadata } = await stack.client.send(new CreateKeyCommand(settings));
  return KeyMetadata?.KeyId ?? "";
}

/** The keys of the state, by the names of their resources. */
async function recordedKeys(stack: AwsStack<WorldProject>): Promise<Record<string, string>> {
  const { resources } = await stack.project.state();
  const keys = resources.filter(({ type }) => type === KEY_TYPE);
  return Object.fromEntries(keys.map(({ urn, id = "" }) => [urn.slice(urn.lastIndexOf(":") + 1), id]));
}

void describe("A key of AWS KMS made elsewhere that a stack adopts", { skip: TOOLS }, () => {
  let stack: AwsStack<WorldProject>;
  let foreign: string;
  before(async () => {
    stack = await awsWorld({ "kms-pki:ssh": "false", "kms-pki:deletionProtection": "true" });
    foreign = await makeKey(stack, {
      ...{ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", Description: "somebody's" },
      Tags: [{ TagKey: "team", TagValue: "theirs" }],
    });
  });
  after(() => stack.stop());

  void it("is refused when it does not match the declared one: nothing is imported, made or deleted, even when adopt is removed", async () => {
    const symmetric = await makeKey(stack, {});
    await stack.project.setConfig("kms-pki:adopt.root", symmetric);
    const refused = await stack.project.pulumi(UP);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /KEY_UNUSABLE: the key \S+ has the usage ENCRYPT_DECRYPT.*nothing was imported/);
    assert.deepEqual(await recordedKeys(stack), {});
    assert.deepEqual(await stack.liveKeys(), [foreign, symmetric].sort());
  });

  void it("becomes part of the stack, with a tag that says it was adopted", async () => {
    await stack.project.setConfig("kms-pki:adopt.root", foreign);
    await stack.project.up();
    assert.equal((await recordedKeys(stack))["ca-root-key-adopted"], foreign);
    assert.equal(await stack.project.output("rootKey"), `awskms:key-id=${foreign}`);
    await stack.project.up(); // settings that cannot be read from it are declared now
    const { Tags = [] } = await stack.client.send(new ListResourceTagsCommand({ KeyId: foreign }));
    assert.match(Tags.find(({ TagKey }) => TagKey === "pulumi-kms-pki")?.TagValue ?? "", /ca-root-key:adopted$/);
  });

  void it("stays when the stack is destroyed, even when adopt no longer names it", async () => {
    await stack.project.succeed(["config", "rm", "--path", "kms-pki:adopt.root"]);
    stack.clear();
    await stack.project.succeed(UP);
    assert.deepEqual(stack.calls, []);
    await stack.project.setConfig("kms-pki:deletionProtection", "false");
    await stack.project.succeed(UP);
    await stack.project.succeed(["destroy", "--yes"]);
    assert.equal((await stack.describe(foreign)).KeyState, "Enabled");
    assert.equal((await stack.keys()).filter(({ KeyState }) => KeyState === "PendingDeletion").length, 1);
  });
});
