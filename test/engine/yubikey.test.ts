import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { MANAGEMENT_KEY, PIN, YubiKeyStack } from "./yubiKeyStack";

const skip = missing("pulumi", "pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl");
const REFRESH = ["refresh", "--yes", "--skip-preview"];

void describe("The root stack on a YubiKey", { skip }, () => {
  let stack: YubiKeyStack;
  before(async () => {
    stack = await YubiKeyStack.rootStack();
  });
  after(() => stack.stop());

  void it("does not access the card in a preview", async () => {
    const { output } = await stack.project.succeed(["preview"]);
    assert.match(output, /\d+ to create/);
    assert.deepEqual(stack.card.calls, []);
  });

  void it("makes the root in slot 9a and the intermediate in 9c, and warns about factory secrets", async () => {
    const { output } = await stack.project.up();
    assert.equal(await stack.project.output("rootKey"), "yubikey:slot-id=9a");
    assert.equal(await stack.project.output("intermediateKey"), "yubikey:slot-id=9c");
    assert.equal(stack.seen("GENERATE"), 2);
    assert.match(output, /warning: the YubiKey 12345678 still has the factory PIN/);
    assert.match(output, /warning: the YubiKey 12345678 still has the factory management key/);
    assert.equal((await stack.project.outputs())["sshUserKey"], undefined);
  });

  equalsReferenceTable(() => stack.project);

  void it("stores the certificates in the slots, where Yubico's tool reads what was exported", async () => {
    const run = await stack.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(run.code, 0, run.output);
    assert.match(run.output, /✔ Root Key: yubikey:slot-id=9a\n✔ Root Certificate: ca\/root_ca\.crt\n/);
    assert.match(run.output, /✔ Intermediate Key: yubikey:slot-id=9c\n/);
    for (const [slot, file] of [
      ["9a", "root_ca.crt"],
      ["9c", "intermediate_ca.crt"],
    ] as const) {
      assert.equal(await stack.certificate(slot), stack.project.read(join("ca", file)).trim());
    }
    const config = JSON.parse(stack.project.read("ca/ca.json")) as Record<string, unknown>;
    assert.deepEqual(config["kms"], { type: "yubikey", uri: `yubikey:?pin-source=${stack.pinFile}` });
    assert.equal(config["key"], "yubikey:slot-id=9c");
  });

  void it("finds everything unchanged in a refresh, without a PIN, and in a second up, without accessing the card", async () => {
    stack.card.clear();
    await stack.project.succeed(REFRESH);
    assert.equal(stack.seen("VERIFY"), 0);
    assert.equal(stack.seen("SIGN"), 0);
    stack.card.clear();
    assert.match((await stack.project.up()).output, /11 unchanged/);
    assert.deepEqual(stack.card.calls, []);
  });

  void it("keeps PIN and management key out of the state and the output", async () => {
    // Neither is in a file or variable that Pulumi reads.
    const state = await stack.project.exportedState();
    const { output } = await stack.project.succeed([...REFRESH, "-v=9", "--logtostderr"]);
    for (const [what, text] of Object.entries({ state, output })) {
      assert.doesNotMatch(text, new RegExp(`\\b${PIN}\\b`), what);
      assert.ok(!text.includes(MANAGEMENT_KEY), what);
    }
  });
});

void describe("A root stack with its YubiKey's PIN as a value", { skip }, () => {
  void it("passes it to step-ca as a secret of the stack", async () => {
    const stack = await YubiKeyStack.rootStack();
    try {
      stack.project.setEnvironment({ KMS_PKI_PIN_FILE: "", KMS_PKI_PIN: "" });
      await stack.project.succeed(["config", "set", "--secret", "kms-pki:pin", PIN]);
      await stack.project.up();
      const state = await stack.project.exportedState();
      assert.doesNotMatch(state, new RegExp(`\\b${PIN}\\b`));
      const run = await stack.project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(run.code, 0, run.output);
      const { kms } = JSON.parse(stack.project.read("ca/ca.json")) as { kms: unknown };
      assert.deepEqual(kms, { type: "yubikey", pin: PIN });
    } finally {
      await stack.stop();
    }
  });
});
