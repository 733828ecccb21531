import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import { type GenerationOutput, RotationStack } from "../engine/rotationStack";
import { PIN, YubiKeyStack } from "../engine/yubiKeyStack";
import { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool");
const SLOTS = { "kms-pki:rootSlot": "9a,82", "kms-pki:intermediateSlot": "9c,83" };

void describe("A rotation on a YubiKey", { skip }, () => {
  let card: YubiKeyStack<WorldProject>;
  let stack: RotationStack;
  const upOn = async (day: number): Promise<Record<string, unknown>> => {
    stack.at(BEGINNING + day * DAY);
    await stack.up();
    return stack.checkState();
  };
  /** The subject of the certificate in a slot. A signature proves that its key is there. */
  const inSlot = async (slot: string): Promise<string> => {
    const certificate = await card.certificate(slot);
    await card.pivTool(["-a", "verify-pin", "-P", PIN, "-a", "test-signature", "-s", slot], card.card, certificate);
    return new X509Certificate(certificate).subject;
  };
  before(async () => {
    card = await YubiKeyStack.over(
      await WorldProject.rootStack({ "kms-pki:kms": "yubikey", "kms-pki:deleteRetiredKeys": "true", ...SLOTS }),
    );
    stack = await RotationStack.over(card.project, ONE_OF_EACH);
  });
  after(() => card.stop());

  void it("requires a slot for each generation that may exist at the same time, before a PIN is tried", async () => {
    await card.project.setConfig("kms-pki:rootSlot", "9a");
    stack.at(BEGINNING);
    const run = await stack.tryUp();
    assert.match(
      run.output,
      /kms-pki:rootSlot: INPUT_INVALID: up to 2 generations of this key exist at a time, but only 1 slot is listed/,
    );
    assert.deepEqual(card.card.calls, []);
    await card.project.setConfig("kms-pki:rootSlot", "9a,82");
  });

  void it("makes the next intermediate in the next slot of the list", async () => {
    await upOn(0);
    assert.equal(await inSlot("9a"), "CN=Smallstep Root");
    assert.equal(await inSlot("9c"), "CN=Smallstep Intermediate");
    const outputs = await upOn(200);
    assert.equal(outputs["intermediateKey"], "yubikey:slot-id=83");
    assert.equal(await inSlot("83"), "CN=Smallstep Intermediate G1");
  });

  void it("reuses a slot, even when its old key retires in the same run that makes the new one", async () => {
    const outputs = await upOn(395);
    assert.deepEqual(
      (outputs["intermediates"] as GenerationOutput[]).map(({ generation, key }) => [generation, key]),
      [
        [1, "yubikey:slot-id=83"],
        [2, "yubikey:slot-id=9c"],
      ],
    );
    assert.equal(await inSlot("9c"), "CN=Smallstep Intermediate G2");
    assert.equal(await inSlot("82"), "CN=Smallstep Root G1");
    await card.project.succeed(["refresh", "--yes", "--skip-preview"]);
    card.card.clear();
    assert.match((await stack.tryUp()).output, /unchanged/);
    assert.equal(card.seen("SIGN"), 0);
  });

  void it("moves to the next root, and frees the slots of gone keys", async () => {
    const outputs = await upOn(400);
    assert.equal(outputs["rootKey"], "yubikey:slot-id=82");
    assert.equal(outputs["intermediateKey"], "yubikey:slot-id=9c");
    await upOn(500);
    assert.equal(await inSlot("82"), "CN=Smallstep Root G1");
    assert.equal(await inSlot("9c"), "CN=Smallstep Intermediate G2");
    for (const slot of ["9a", "83"]) {
      // This firmware cannot delete, so the content marks the slot as free.
      assert.match(new X509Certificate(await card.certificate(slot)).subject, /released/);
    }
  });

  void it("keeps the slots of its keys when the list grows", async () => {
    await card.project.setConfig("kms-pki:intermediateSlot", "84,9c,83");
    card.card.clear();
    assert.match((await stack.tryUp()).output, /unchanged/);
    assert.equal(card.seen("GENERATE"), 0);
  });
});
