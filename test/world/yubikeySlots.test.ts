import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { UP, UP_WITHOUT_PREVIEW } from "../engine/project";
import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool");
const DESTROY = ["destroy", "--yes", "--skip-preview"];

void describe("The keys of a root stack in the slots of a YubiKey", { skip }, () => {
  let stack: YubiKeyStack<WorldProject>;
  before(async () => {
    stack = await YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey" }));
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("sign the root again, which replaces its certificate in the slot", async () => {
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

  void it("are not replaced for another algorithm in their own slots, before the card is accessed", async () => {
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

  void it("move to another slot when told to, and leave the old one", async () => {
    const old = await stack.certificate("9c");
    await stack.project.setConfig("kms-pki:deletionProtection", "false"); // which refuses to replace keys
    await stack.project.setConfig("kms-pki:intermediateSlot", "82");
    await stack.project.up();
    assert.equal(await stack.project.output("intermediateKey"), "yubikey:slot-id=82");
    assert.equal(await stack.certificate("82"), (await stack.project.output("intermediateCertificate")).trim());
    assert.equal(await stack.certificate("9c"), old);
  });

  void it("stay on the card with their certificates when the stack is destroyed, and are not overwritten later", async () => {
    const root = await stack.certificate("9a");
    await stack.project.succeed(DESTROY);
    assert.equal(await stack.certificate("9a"), root);
    const run = await stack.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /KEY_EXISTS: on the YubiKey 12345678, slot 9a holds the certificate of "CN=Renamed Root"/);
  });

  void it("are adopted again when told to", async () => {
    const root = new X509Certificate(await stack.certificate("9a"));
    await stack.project.setConfig("kms-pki:deletionProtection", "true");
    await stack.project.setConfig("kms-pki:adopt.root", "9a");
    await stack.project.setConfig("kms-pki:adopt.intermediate", "82");
    stack.card.clear();
    await stack.project.up();
    assert.equal(stack.seen("GENERATE"), 0);
    assert.ok(new X509Certificate(await stack.project.output("rootCertificate")).publicKey.equals(root.publicKey));
    await stack.project.succeed(["config", "rm", "kms-pki:adopt"]);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
  });

  void it("are replaced when overwrite names their slots, and free them when told to", async () => {
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
    await stack.project.succeed(["config", "rm", "kms-pki:overwrite"]);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);

    await stack.project.succeed(DESTROY);
    await stack.project.succeed(UP_WITHOUT_PREVIEW); // the slots are free
    assert.ok(!new X509Certificate(await stack.certificate("9a")).publicKey.equals(replaced.publicKey));
  });
});
