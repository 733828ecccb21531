import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PkiError } from "../../../../provider/errors";
import { UNKNOWN } from "../../../../provider/words/unknown";
import type { Lifecycle } from "../../../../provider/lifecycle/provider";
import type { ClaimedSlot, SlotUse } from "../../../../provider/kms/yubikey/slotClaim";
import {
  type YubiKeyInputs,
  yubiKeyLifecycle,
  type YubiKeyRecord,
} from "../../../../provider/kms/yubikey/lifecycle/yubiKey";
import type { Slot } from "../../../../provider/piv/slots";
import { contextWith, FakeYubiKey, PIN } from "../../../fixtures/fakeYubiKey";
import { withCode } from "../../../fixtures/withCode";
import { found } from "../../../inputs/found";
import { projectWithPin } from "./pivKeyRun";

function claim(slot: Slot, use: SlotUse = "new"): ClaimedSlot {
  return { slot, use, owner: `urn:pulumi:prod::acme::t::key-in-${slot}` };
}

function lifecycle(...devices: readonly FakeYubiKey[]): Lifecycle<YubiKeyInputs, YubiKeyRecord> {
  return yubiKeyLifecycle(contextWith(projectWithPin(), ...devices));
}

const SLOTS = [claim("9a"), claim("9c")];

void describe("A YubiKey as a resource", () => {
  void it("is identified by its serial number once chosen", async () => {
    const device = new FakeYubiKey(11, "5.4.3");
    const { id, state } = await lifecycle(device).create({ slots: SLOTS });
    assert.equal(id, "11");
    assert.deepEqual(state, { serial: 11, firmware: "5.4.3", checkedSlots: ["9a", "9c"] });
    assert.deepEqual(await lifecycle().diff(state, { slots: SLOTS }), { changes: false, replaces: [] });
    assert.doesNotMatch(JSON.stringify(state), new RegExp(PIN));
  });

  void it("that reports no serial number has none recorded", async () => {
    const { id, state } = await lifecycle(new FakeYubiKey(11, "4.3.7")).create({ slots: [] });
    assert.equal(id, "yubikey");
    assert.deepEqual(state, { firmware: "4.3.7", checkedSlots: [] });
  });

  void it("is refused when none is connected, or several and none is named", async () => {
    const devices = [new FakeYubiKey(11), new FakeYubiKey(22)];
    await assert.rejects(async () => lifecycle().create({ slots: SLOTS }), withCode("CARD_NOT_FOUND"));
    await assert.rejects(async () => lifecycle(...devices).create({ slots: SLOTS }), withCode("CARD_AMBIGUOUS"));
    const { state } = await lifecycle(...devices).create({ serial: 22, slots: SLOTS });
    assert.equal(state.serial, 22);
  });

  void it("has its slots checked and its PIN and management key verified before a key is made", async () => {
    const device = new FakeYubiKey(11);
    await lifecycle(device).create({ slots: SLOTS });
    assert.deepEqual(device.takeCalls(), ["verifyPin", "authenticate"]);
    assert.deepEqual([device.keys.size, device.certificates.size], [0, 0]);
  });

  void it("is refused for a single slot in use, before the PIN is tried", async () => {
    for (const slot of ["9a", "9c"] as const) {
      const device = new FakeYubiKey(11);
      device.put(slot);
      await assert.rejects(
        async () => lifecycle(device).create({ slots: SLOTS }),
        withCode("KEY_EXISTS", new RegExp(`on the YubiKey 11, slot ${slot} holds a key, and nothing was changed`)),
      );
      assert.deepEqual(device.takeCalls(), []);
      const slots = SLOTS.map((claimed) => (claimed.slot === slot ? claim(slot, "overwrite") : claimed));
      await lifecycle(device).create({ slots });
    }
  });

  void it("is refused for a wrong PIN, which is tried only once", async () => {
    const device = new FakeYubiKey(11);
    device.pinError = new PkiError("PIN_REJECTED", "verifying the PIN failed", "Give the PIN");
    await assert.rejects(async () => lifecycle(device).create({ slots: SLOTS }), withCode("PIN_REJECTED"));
    assert.deepEqual(device.takeCalls(), ["verifyPin"]);
  });

  void it("without slots needs no PIN", async () => {
    const device = new FakeYubiKey(11);
    await lifecycle(device).create({ slots: [] });
    assert.deepEqual(device.takeCalls(), []);
  });

  void it("is refused for what is not a list of slots with their uses", async () => {
    for (const slots of ["9c", 5, {}, [null], [5], ["9c"]]) {
      const { problems } = await lifecycle().check({}, { slots } as unknown as YubiKeyInputs);
      assert.deepEqual(found(problems), ["INPUT_INVALID slots"], JSON.stringify(slots));
    }
  });

  const state: YubiKeyRecord = { serial: 11, firmware: "5.7.1", checkedSlots: ["9a", "9c"] };
  const differences: readonly { what: string; news: object; changes: boolean; replaces: readonly string[] }[] = [
    { what: "the same", news: { serial: 11, slots: SLOTS }, changes: false, replaces: [] },
    { what: "no serial number anymore", news: { slots: SLOTS }, changes: false, replaces: [] },
    { what: "another order of slots", news: { slots: [...SLOTS].reverse() }, changes: false, replaces: [] },
    {
      what: "a slot that may be overwritten now",
      news: { slots: SLOTS.map(({ slot }) => claim(slot, "overwrite")) },
      changes: false,
      replaces: [],
    },
    { what: "an additional slot", news: { slots: [...SLOTS, claim("82")] }, changes: true, replaces: [] },
    { what: "one slot fewer", news: { slots: [claim("9a")] }, changes: true, replaces: [] },
    { what: "another device", news: { serial: 22, slots: SLOTS }, changes: true, replaces: ["serial"] },
    { what: "unknown slots in a preview", news: { slots: UNKNOWN }, changes: true, replaces: [] },
    {
      what: "an unknown slot in a preview",
      news: { slots: [claim("9a"), UNKNOWN] },
      changes: true,
      replaces: [],
    },
  ];
  for (const { what, news, changes, replaces } of differences) {
    void it(`with ${what} is ${replaces.length > 0 ? "replaced" : changes ? "updated" : "unchanged"}`, async () => {
      assert.deepEqual(await lifecycle().diff(state, news as YubiKeyInputs), { changes, replaces });
    });
  }

  void it("has only new slots checked in an update, not those that hold our keys", async () => {
    const device = new FakeYubiKey(11);
    const { state } = await lifecycle(device).create({ slots: SLOTS });
    device.put("9a");
    device.put("9c");
    device.takeCalls();
    const news = { slots: [...SLOTS, claim("82")] };
    const updated = await lifecycle(device).update(state, news);
    assert.deepEqual(updated, { ...state, checkedSlots: ["9a", "9c", "82"] });
    assert.deepEqual(device.takeCalls(), ["verifyPin", "authenticate"]);
    device.put("83");
    await assert.rejects(
      async () => lifecycle(device).update(updated, { slots: [...news.slots, claim("83")] }),
      withCode("KEY_EXISTS", /slot 83/),
    );
    assert.deepEqual(await lifecycle(device).update(updated, { slots: SLOTS }), state);
  });

  void it("fails a refresh when it is not connected, even if others are", async () => {
    const [device, other] = [new FakeYubiKey(11), new FakeYubiKey(22)];
    assert.deepEqual(await lifecycle(device, other).read(state), state);
    device.isPluggedIn = false;
    await assert.rejects(async () => lifecycle(device, other).read(state), withCode("CARD_NOT_FOUND"));
  });

  void it("needs no PIN in a refresh", async () => {
    const device = new FakeYubiKey(11);
    await lifecycle(device).read(state);
    assert.deepEqual(device.calls, []);
  });

  void it("that was never connected can be deleted without being connected", async () => {
    await lifecycle().delete(state);
  });
});

void describe("The check of a YubiKey", () => {
  const checks: readonly { news: object; problems: readonly string[] }[] = [
    { news: { slots: SLOTS }, problems: [] },
    { news: { serial: 12345678, slots: [] }, problems: [] },
    { news: { serial: UNKNOWN, slots: UNKNOWN }, problems: [] },
    { news: { slots: [UNKNOWN, { ...claim("9a"), owner: UNKNOWN }] }, problems: [] },
    { news: { serial: 0, slots: [] }, problems: ["INPUT_INVALID serial"] },
    { news: { serial: "12345678", slots: [] }, problems: ["INPUT_INVALID serial"] },
    { news: { slots: [{ ...claim("9a"), slot: "9b" }] }, problems: ["INPUT_INVALID slots"] },
    { news: { slots: [claim("9a"), claim("9c"), claim("9a", "overwrite")] }, problems: ["INPUT_INVALID slots"] },
    { news: { slots: [claim("9a"), { ...claim("9c"), use: "force" }] }, problems: ["INPUT_INVALID slots"] },
  ];
  for (const { news, problems } of checks) {
    void it(`finds ${problems.join() || "nothing"} in ${JSON.stringify(news)}`, async () => {
      const checked = await lifecycle().check({}, news as YubiKeyInputs);
      assert.deepEqual(found(checked.problems), problems);
    });
  }

  void it("finds that the PIN of this device is missing", async () => {
    const project = projectWithPin();
    project.environment["KMS_PKI_PIN"] = "";
    project.environment["KMS_PKI_PIN_11"] = PIN;
    const life = yubiKeyLifecycle(contextWith(project));
    const problemsOf = async (serial?: number): Promise<string[]> =>
      found((await life.check({}, { ...(serial === undefined ? {} : { serial }), slots: [] })).problems);
    assert.deepEqual(await problemsOf(), ["SECRET_MISSING "]);
    assert.deepEqual(await problemsOf(22), ["SECRET_MISSING "]);
    assert.deepEqual(await problemsOf(11), []);
  });
});
