import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { UP } from "./project";
import { killedAndRecovered } from "./survivesKills";

const TOOLS = missing("pulumi", "ministack");
const KEY_TYPE = "aws:kms/key:Key";

/** The keys of the state, by the names of their resources. */
async function recordedKeys(stack: AwsStack): Promise<Record<string, string>> {
  const { resources } = await stack.project.state();
  const keys = resources.filter(({ type }) => type === KEY_TYPE);
  return Object.fromEntries(keys.map(({ urn, id = "" }) => [urn.slice(urn.lastIndexOf(":") + 1), id]));
}

void describe("A killed change of the algorithm in AWS KMS", { skip: TOOLS }, () => {
  let stack: AwsStack;
  before(async () => {
    // Turned off, because another algorithm replaces the keys.
    stack = await AwsStack.rootStack({ "kms-pki:ssh": "false", "kms-pki:deletionProtection": "false" });
  });
  after(() => stack.stop());

  void it("leaves a key that the next up names, and adopts in place of the old one when told to", async () => {
    await stack.project.up();
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    await killedAndRecovered(stack, "plugin:CreateKey:1");
    const recorded = Object.values(await recordedKeys(stack));
    let unknown = (await stack.liveKeys()).filter((id) => !recorded.includes(id));
    assert.ok(unknown.length > 0);

    for (let next = await stack.project.pulumi(UP); next.code !== 0; next = await stack.project.pulumi(UP)) {
      assert.match(next.output, /KEY_EXISTS/);
      const [, role = "", id = ""] = /kms-pki:adopt\.([a-z-]+)' (\S+)\. To discard/.exec(next.output) ?? [];
      assert.ok(unknown.includes(id), next.output);
      unknown = unknown.filter((each) => each !== id);
      await stack.project.setConfig(`kms-pki:adopt.${role}`, id);
    }
    assert.deepEqual(unknown, []);
    assert.deepEqual(await stack.liveKeys(), Object.values(await recordedKeys(stack)).sort());
  });
});
