import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { missingSoftHsm, PIN } from "../pkcs11/token";
import { WorldProject } from "./worldProject";

const skip = missingSoftHsm("cc");
const DESTROY = ["destroy", "--yes", "--skip-preview"];

async function pkcs11World(): Promise<Pkcs11Stack<WorldProject>> {
  return Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11" }));
}

void describe("The keys of a root stack in a PKCS#11 token", { skip }, () => {
  let stack: Pkcs11Stack<WorldProject>;
  before(async () => {
    stack = await pkcs11World();
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("stay the same, without a signature, when the module is at another path", async () => {
    const copy = join(stack.project.scratch, "moved.so");
    copyFileSync(stack.module.modulePath, copy);
    await stack.project.setConfig("kms-pki:modulePath", copy);
    stack.module.clear();
    await stack.project.up();
    assert.deepEqual([stack.module.count("C_GenerateKeyPair"), stack.module.count("C_Sign")], [0, 0]);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
  });

  void it("are replaced for another algorithm, and the old ones deleted when told to", async () => {
    await stack.project.setConfig("kms-pki:deletionProtection", "false");
    await stack.project.setConfig("kms-pki:deleteKeys", "true");
    await stack.project.up();
    await stack.project.setConfig("kms-pki:algorithm", "RSA_2048_PKCS1");
    await stack.project.up();
    assert.deepEqual(stack.labels, [...["ca-intermediate-2", "ca-root-2", "ca-ssh-host-key-2", "ca-ssh-user-key-2"]]);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
  });

  void it("are deleted, and no others, when the stack is destroyed", async () => {
    stack.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody", "--id", "4711");
    await stack.project.succeed(DESTROY);
    assert.deepEqual(stack.labels, ["somebody"]);
  });
});

void describe("A root stack with its token's PIN as a value", { skip }, () => {
  void it("passes it to step-ca as a secret of the stack", async () => {
    const stack = await pkcs11World();
    try {
      stack.project.setEnvironment({ KMS_PKI_TOKEN_PIN_FILE: "", KMS_PKI_TOKEN_PIN: "" });
      await stack.project.succeed(["config", "set", "--secret", "kms-pki:tokenPin", PIN]);
      await stack.project.up();
      assert.ok(!(await stack.project.exportedState()).includes(PIN));
      const run = await stack.project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(run.code, 0, run.output);
      const { kms } = JSON.parse(stack.project.read("ca/ca.json")) as { kms: unknown };
      assert.deepEqual(kms, {
        type: "pkcs11",
        uri: `pkcs11:module-path=${stack.module.modulePath};token=ca`,
        pin: PIN,
      });
    } finally {
      await stack.stop();
    }
  });
});
