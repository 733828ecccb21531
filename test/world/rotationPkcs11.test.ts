import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import { RotationStack } from "../engine/rotationStack";
import { missingSoftHsm } from "../pkcs11/token";
import { WorldProject } from "./worldProject";

void describe("A rotation in a PKCS#11 token", { skip: missingSoftHsm("cc") }, () => {
  let token: Pkcs11Stack<WorldProject>;
  let stack: RotationStack;
  const upOn = async (day: number): Promise<Record<string, unknown>> => {
    stack.at(BEGINNING + day * DAY);
    token.module.clear();
    await token.project.up();
    return stack.checkState();
  };
  before(async () => {
    const config = { "kms-pki:kms": "pkcs11", "kms-pki:storeCertificates": "true" };
    token = await Pkcs11Stack.overRootStack(await WorldProject.rootStack(config));
    stack = await RotationStack.over(token.project, ONE_OF_EACH);
  });
  after(() => token.stop());

  void it("makes the next intermediate early, without access to the token in a preview, and moves to it without a signature", async () => {
    await upOn(0);
    stack.at(BEGINNING + 195 * DAY);
    token.module.clear();
    await token.project.succeed(["preview"]);
    assert.deepEqual(token.module.calls, []);
    await upOn(195);
    assert.deepEqual([token.module.count("C_GenerateKeyPair"), token.module.count("C_Sign")], [1, 1]);
    const outputs = await upOn(200);
    assert.equal(token.module.count("C_Sign"), 0);
    assert.match(String(outputs["intermediateKey"]), /object=ca-intermediate-g1$/);
  });

  void it("releases the old key, and leaves it in place", async () => {
    const outputs = await upOn(235);
    assert.equal((outputs["releasedKeys"] as string[]).length, 1);
    assert.ok(token.labels.includes("ca-intermediate"));
  });

  void it("deletes a gone key with its certificate if that was set while the key was in the program", async () => {
    await token.project.setConfig("kms-pki:deleteRetiredKeys", "true");
    await upOn(236);
    await upOn(300);
    await upOn(400);
    await upOn(435);
    assert.ok(!token.labels.includes("ca-intermediate-g1"));
    await upOn(500);
    assert.ok(!token.labels.includes("ca-root"));
    const certificates = token.tool("--list-objects", "--type", "cert");
    assert.doesNotMatch(certificates, /label: +ca-(?:root|intermediate-g1)$/m);
    assert.ok(token.labels.includes("ca-intermediate"), "what was released before stays");
    token.module.clear();
    assert.match((await stack.tryUp()).output, /unchanged/);
    assert.deepEqual(token.module.calls, []);
  });
});
