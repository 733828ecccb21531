import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import { RotationStack } from "../engine/rotationStack";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import { rotatesKms } from "./rotatesKms";

rotatesKms({
  name: "AWS KMS",
  skip: missing("ministack", "openssl"),
  start: (config) => awsWorld({ "kms-pki:aliasPrefix": "pki", ...config }),
  beside: (stack) => stack.aliases(),
  deleted: async (stack) => (await stack.keys()).filter(({ KeyState }) => KeyState === "PendingDeletion").length,
  sign: "Sign",
  keyResource: /aws:kms\/key:Key::ca-root-g1-key$/,
});

void describe("The aliases of rotated keys in AWS KMS", { skip: missing("ministack") }, () => {
  void it("move to the active key", async () => {
    const kms = await awsWorld({ "kms-pki:ssh": "false", "kms-pki:aliasPrefix": "pki" });
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
