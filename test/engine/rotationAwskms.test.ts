import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { BEGINNING, DAY, ONE_OF_EACH } from "./rotationSchedule";
import { RotationStack } from "./rotationStack";

const skip = missing("pulumi", "ministack");

void describe("The aliases of rotated keys in AWS KMS", { skip }, () => {
  void it("move to the active key", async () => {
    const kms = await AwsStack.rootStack({ "kms-pki:ssh": "false", "kms-pki:aliasPrefix": "pki" });
    try {
      const stack = await RotationStack.over(kms.project, ONE_OF_EACH);
      const active: string[] = [];
      for (const day of [0, 195, 200]) {
        stack.at(BEGINNING + day * DAY);
        await stack.up();
        const key = (await kms.project.output("intermediateKey")).replace("awskms:key-id=", "");
        assert.equal((await kms.aliases())["alias/pki-intermediate"], key);
        active.push(key);
      }
      assert.equal(active[0], active[1]);
      assert.notEqual(active[1], active[2]);
      const { stepCaIamPolicy } = await kms.project.outputs();
      const text = JSON.stringify(stepCaIamPolicy);
      assert.ok(
        active.every((key) => text.includes(key)),
        "step-ca may sign with both, until the old one goes",
      );
    } finally {
      await kms.stop();
    }
  });
});
