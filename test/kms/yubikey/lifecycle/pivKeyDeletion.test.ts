import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PivKeyRecord } from "../../../../provider/kms/yubikey/lifecycle/pivKeyRecord";
import { readCertificate } from "../../../../provider/x509/certificate";
import { readSlotMark, slotMark } from "../../../../provider/x509/slotMark";
import { FakeYubiKey, Killed, newPublicKey } from "../../../fixtures/fakeYubiKey";
import { issueRoot } from "../../../x509/issuing";
import { INPUTS, isOfKeyIn, KeyRun } from "./pivKeyRun";

/** Firmware that deletes keys; that reports its keys; that attests keys that it made; that does none of these. */
const FIRMWARES = ["5.7.1", "5.4.3", "5.2.4", "4.2.0"];

async function made(firmware: string, deleteKey = true): Promise<{ device: FakeYubiKey; state: PivKeyRecord }> {
  const device = new FakeYubiKey(11, firmware);
  const state = await new KeyRun(device).create({ deleteKey });
  device.takeCalls();
  return { device, state };
}

void describe("The deletion of a PivKey", () => {
  void it("keeps the key by default, without a YubiKey", async () => {
    const { device, state } = await made("5.7.1", false);
    device.isPluggedIn = false;
    await new KeyRun(device).lifecycle.delete(state);
    assert.deepEqual(device.calls, []);
    assert.ok(isOfKeyIn(device, state));
  });

  void it("deletes the key and its certificate on request if the firmware can", async () => {
    const { device, state } = await made("5.7.1");
    await new KeyRun(device).lifecycle.delete(state);
    assert.deepEqual(device.takeCalls(), ["authenticate", "deleteKey 9a", "deleteCertificate 9a"]);
    assert.deepEqual([device.keys.size, device.certificates.size], [0, 0]);
  });

  for (const firmware of FIRMWARES) {
    void it(`keeps a key that existed before it was adopted, with firmware ${firmware}`, async () => {
      const device = new FakeYubiKey(11, firmware);
      const certificate = readCertificate(await issueRoot());
      device.certificates.set("9a", certificate.raw);
      device.put("9a", "ECDSA_P256", { publicKey: certificate.publicKey, origin: "imported" });
      const adopted = await new KeyRun(device).create({ use: "adopt", deleteKey: true });
      const { isForeign: _, ...olderRecord } = adopted;
      for (const state of [adopted, olderRecord, await new KeyRun(device).lifecycle.update(adopted, INPUTS)]) {
        device.takeCalls();
        await new KeyRun(device).lifecycle.delete({ ...state, deleteKey: true });
        assert.deepEqual(device.takeCalls(), []);
        assert.ok(isOfKeyIn(device, state));
      }
    });

    void it(`deletes a key that its own cut-off run made and that was then adopted, with firmware ${firmware}`, async () => {
      const device = new FakeYubiKey(11, firmware);
      device.killAt("writeCertificate 9a", "after", 2);
      await assert.rejects(new KeyRun(device).create(), Killed);
      const state = await new KeyRun(device).create({ use: "adopt", deleteKey: true });
      await new KeyRun(device).lifecycle.delete(state);
      assert.ok(!isOfKeyIn(device, state));
    });
  }

  for (const firmware of FIRMWARES.slice(1)) {
    void it(`overwrites the key with a throwaway key if the firmware cannot delete: ${firmware}`, async () => {
      const { device, state } = await made(firmware);
      await new KeyRun(device).lifecycle.delete(state);
      assert.ok(!isOfKeyIn(device, state));
      const mark = readSlotMark(device.certificates.get("9a") ?? assert.fail());
      assert.equal(mark?.stage, "released");
      assert.ok(mark.publicKey.equals(device.keys.get("9a")?.publicKey ?? assert.fail()));
      const next = await new KeyRun(device).create();
      assert.ok(isOfKeyIn(device, next), "the slot is free for another");
    });
  }

  for (const firmware of FIRMWARES) {
    void it(`finds the key even after its certificate was deleted, with firmware ${firmware}`, async () => {
      const { device, state } = await made(firmware);
      device.certificates.delete("9a");
      await new KeyRun(device).lifecycle.delete(state);
      assert.ok(!isOfKeyIn(device, state));
    });

    void it(`leaves another key alone, with firmware ${firmware}`, async () => {
      const { device, state } = await made(firmware);
      device.certificates.delete("9a");
      const other = device.put("9a");
      await new KeyRun(device).lifecycle.delete(state);
      assert.equal(device.keys.get("9a")?.publicKey, other);
      assert.ok(device.takeCalls().every((call) => /verifyPin|provesKey/.test(call)));
    });

    void it(`leaves a replacement in the slot alone, with firmware ${firmware}`, async () => {
      const { device, state } = await made(firmware);
      device.certificates.set("9a", Buffer.from("the certificate that was issued"));
      const next = await new KeyRun(device).create({ use: "overwrite" });
      device.takeCalls();
      const run = new KeyRun(device);
      await run.lifecycle.delete(state);
      assert.ok(isOfKeyIn(device, next));
      assert.deepEqual([device.calls, run.notices], [[], ""], "and that is nothing to speak of");
    });

    void it(`succeeds when the key is already gone, with firmware ${firmware}`, async () => {
      const { device, state } = await made(firmware);
      await new KeyRun(device).lifecycle.delete(state);
      const key = device.keys.get("9a");
      device.takeCalls();
      await new KeyRun(device).lifecycle.delete(state);
      assert.equal(device.keys.get("9a"), key);
      assert.ok(device.takeCalls().every((call) => /verifyPin|provesKey/.test(call)));
    });

    void it(`is completed by the next run when it was cut off, with firmware ${firmware}`, async () => {
      for (const [call, number] of [
        ["deleteKey 9a", 1],
        ["writeCertificate 9a", 1],
        ["generateKey 9a", 1],
      ] as const) {
        for (const moment of ["before", "after"] as const) {
          const { device, state } = await made(firmware);
          device.killAt(call, moment, number);
          await new KeyRun(device).lifecycle.delete(state).catch((error: unknown) => {
            assert.ok(error instanceof Killed);
          });
          await new KeyRun(device).lifecycle.delete(state);
          assert.ok(!isOfKeyIn(device, state), `${moment} ${call}`);
        }
      }
    });
  }

  void it("reports that the key is missing", async () => {
    for (const firmware of ["5.7.1", "4.2.0"]) {
      const { device, state } = await made(firmware);
      device.keys.delete("9a");
      const run = new KeyRun(device);
      await run.lifecycle.delete(state);
      assert.match(run.notices, /slot 9a of the YubiKey.* no longer holds that key/);
      assert.equal(device.calls.includes("authenticate"), false);
    }
  });

  void it("never deletes a key with an unknown algorithm, which cannot be ours", async () => {
    const { device, state } = await made("5.7.1");
    device.keys.set("9a", { ...(device.keys.get("9a") ?? assert.fail()), publicKey: undefined as never });
    await new KeyRun(device).lifecycle.delete(state);
    assert.deepEqual(device.takeCalls(), []);
    assert.equal(device.keys.size, 1);
  });

  void it("never deletes a key with the mark of another resource", async () => {
    for (const firmware of FIRMWARES) {
      const { device, state } = await made(firmware);
      const other = device.put("9a");
      device.certificates.set("9a", Buffer.from(await slotMark("made", "urn:other", other)));
      await new KeyRun(device).lifecycle.delete(state);
      assert.equal(device.keys.get("9a")?.publicKey, other);
    }
  });

  void it("fails when the YubiKey is not connected, and touches no other", async () => {
    const { device, state } = await made("5.7.1");
    const other = new FakeYubiKey(22);
    other.put("9a", "ECDSA_P256", { publicKey: newPublicKey("ECDSA_P256") });
    device.isPluggedIn = false;
    await assert.rejects(new KeyRun(device, other).lifecycle.delete({ ...state, kms: INPUTS.kms }), /CARD_NOT_FOUND/);
    assert.deepEqual(other.calls, []);
  });
});
