import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { MANAGEMENT_KEY, PIN, YubiKeyStack } from "./yubiKeyStack";
import { UP, UP_WITHOUT_PREVIEW } from "./project";

const skip = missing("pulumi", "pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl");
const REFRESH = ["refresh", "--yes", "--skip-preview"];
const DESTROY = ["destroy", "--yes", "--skip-preview"];

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

  void it("changes nothing in a second up, without accessing the card", async () => {
    stack.card.clear();
    assert.match((await stack.project.up()).output, /11 unchanged/);
    assert.deepEqual(stack.card.calls, []);
  });

  void it("finds everything unchanged in a refresh, without a PIN", async () => {
    stack.card.clear();
    await stack.project.succeed(REFRESH);
    assert.equal(stack.seen("VERIFY"), 0);
    assert.equal(stack.seen("SIGN"), 0);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
  });

  void it("reissues the root with the same key, and replaces its certificate in the slot", async () => {
    const before = new X509Certificate(await stack.certificate("9a"));
    await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
    stack.card.clear();
    await stack.project.up();
    assert.equal(stack.seen("GENERATE"), 0);
    const root = new X509Certificate(await stack.certificate("9a"));
    assert.equal(root.subject, "CN=Renamed Root");
    assert.ok(root.publicKey.equals(before.publicKey));
    assert.ok(new X509Certificate(await stack.certificate("9c")).verify(root.publicKey));
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

  void it("refuses another algorithm for a key in its own slot, before it accesses the card", async () => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    stack.card.clear();
    const run = await stack.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(
      run.output,
      /KEY_EXISTS: the key in slot 9[ac] was made with ECDSA_P256, and a new key would overwrite it/,
    );
    assert.equal(stack.seen("GENERATE"), 0);
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P256");
  });

  void it("moves a key to another slot when told to, and leaves the old one", async () => {
    const old = await stack.certificate("9c");
    await stack.project.setConfig("kms-pki:deletionProtection", "false"); // which refuses to replace keys
    await stack.project.setConfig("kms-pki:intermediateSlot", "82");
    await stack.project.up();
    assert.equal(await stack.project.output("intermediateKey"), "yubikey:slot-id=82");
    assert.equal(await stack.certificate("82"), (await stack.project.output("intermediateCertificate")).trim());
    assert.equal(await stack.certificate("9c"), old);
  });

  void it("leaves keys and certificates on the card when destroyed, and does not overwrite them later", async () => {
    const root = await stack.certificate("9a");
    await stack.project.succeed(DESTROY);
    assert.equal(await stack.certificate("9a"), root);
    const run = await stack.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /KEY_EXISTS: on the YubiKey 12345678, slot 9a holds the certificate of "CN=Renamed Root"/);
  });

  void it("adopts the keys again when told to", async () => {
    const root = new X509Certificate(await stack.certificate("9a"));
    await stack.project.setConfig("kms-pki:deletionProtection", "true");
    await stack.project.setConfig("kms-pki:adopt.root", "9a");
    await stack.project.setConfig("kms-pki:adopt.intermediate", "82");
    stack.card.clear();
    await stack.project.up();
    assert.equal(stack.seen("GENERATE"), 0);
    assert.ok(new X509Certificate(await stack.project.output("rootCertificate")).publicKey.equals(root.publicKey));
    stack.project.removeConfig("kms-pki:adopt");
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
  });

  void it("makes a new key in place of another when overwrite names the slot, and frees the slots when told to", async () => {
    const root = new X509Certificate(await stack.certificate("9a"));
    await stack.project.setConfig("kms-pki:deletionProtection", "false");
    await stack.project.setConfig("kms-pki:overwrite[0]", "9a");
    await stack.project.setConfig("kms-pki:overwrite[1]", "82");
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    await stack.project.setConfig("kms-pki:deleteKeys", "true");
    await stack.project.up();
    const replaced = new X509Certificate(await stack.certificate("9a"));
    assert.ok(!replaced.publicKey.equals(root.publicKey));
    assert.equal(replaced.publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1");
    stack.project.removeConfig("kms-pki:overwrite");
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);

    await stack.project.succeed(DESTROY);
    await stack.project.succeed(UP_WITHOUT_PREVIEW); // the slots are free
    assert.ok(!new X509Certificate(await stack.certificate("9a")).publicKey.equals(replaced.publicKey));
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
