import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { isSlot, type Slot, slotRow, SLOTS } from "../../provider/piv/slots";

void describe("A slot", () => {
  // SP 800-73-4 part 1, 4.3 and 5.1.
  const known: readonly { slot: Slot; keyReference: number; certificateTag: number; name: string }[] = [
    { slot: "9a", keyReference: 0x9a, certificateTag: 0x5fc105, name: "PIV Authentication" },
    { slot: "9c", keyReference: 0x9c, certificateTag: 0x5fc10a, name: "Digital Signature" },
    { slot: "9d", keyReference: 0x9d, certificateTag: 0x5fc10b, name: "Key Management" },
    { slot: "9e", keyReference: 0x9e, certificateTag: 0x5fc101, name: "Card Authentication" },
    { slot: "82", keyReference: 0x82, certificateTag: 0x5fc10d, name: "Retired Key Management 1" },
    { slot: "8a", keyReference: 0x8a, certificateTag: 0x5fc115, name: "Retired Key Management 9" },
    { slot: "95", keyReference: 0x95, certificateTag: 0x5fc120, name: "Retired Key Management 20" },
  ];
  for (const row of known) {
    void it(`${row.slot} is the key reference and the certificate object of SP 800-73-4`, () => {
      assert.deepEqual(slotRow(row.slot), row);
    });
  }

  void it("is one of 24, each with its own reference and certificate object", () => {
    assert.equal(SLOTS.length, 24);
    assert.equal(new Set(SLOTS).size, 24);
    assert.equal(new Set(SLOTS.map((slot) => slotRow(slot).certificateTag)).size, 24);
    assert.ok(SLOTS.every(isSlot));
  });

  for (const value of ["9A", "9b", "f9", "81", "96", "9", "", "0x9a", "toString", undefined, null, 0x9a]) {
    void it(`is refused as ${inspect(value)}`, () => {
      assert.equal(isSlot(value), false);
    });
  }
});
