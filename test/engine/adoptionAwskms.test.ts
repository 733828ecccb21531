import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { ended } from "./project";
import { recover } from "./providerCalls";

const TOOLS = missing("pulumi", "ministack");
const UP = ["up", "--yes"];
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
    const pidFile = join(stack.project.scratch, "engine-pid");
    const child = stack.project.start(["up", "--yes", "--skip-preview"], {
      KMS_PKI_TEST_KILL_ENGINE_AT: "CreateKey:1",
      KMS_PKI_TEST_ENGINE_PID_FILE: pidFile,
    });
    writeFileSync(pidFile, String(child.pid));
    assert.equal((await ended(child)).signal, "SIGKILL");
    await recover(stack.project);
    const recorded = Object.values(await recordedKeys(stack));
    let unknown = (await stack.liveKeys()).filter((id) => !recorded.includes(id));
    assert.ok(unknown.length > 0);

    for (let run = await stack.project.pulumi(UP); run.code !== 0; run = await stack.project.pulumi(UP)) {
      assert.match(run.output, /KEY_EXISTS/);
      const [, role = "", id = ""] = /kms-pki:adopt\.([a-z-]+)' (\S+)\. To discard/.exec(run.output) ?? [];
      assert.ok(unknown.includes(id), run.output);
      unknown = unknown.filter((each) => each !== id);
      await stack.project.setConfig(`kms-pki:adopt.${role}`, id);
    }
    assert.deepEqual(unknown, []);
    assert.deepEqual(await stack.liveKeys(), Object.values(await recordedKeys(stack)).sort());
  });
});
