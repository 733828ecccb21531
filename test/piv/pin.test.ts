import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { checkPin, DEFAULT_PIN, encodePin, PinRejected } from "../../provider/piv/pin";
import { withCode } from "../fixtures/withCode";
import { octets } from "./scriptedCard";

void describe("A PIN", () => {
  for (const { pin, encoded } of [
    { pin: "123456", encoded: "31 32 33 34 35 36 FF FF" },
    { pin: "1234567", encoded: "31 32 33 34 35 36 37 FF" },
    { pin: "a b#Z~89", encoded: "61 20 62 23 5A 7E 38 39" },
  ]) {
    void it(`of ${String(pin.length)} characters is padded with FF to 8`, () => {
      checkPin(pin);
      assert.deepEqual(encodePin(pin), octets(encoded));
    });
  }

  for (const pin of ["", "12345", "123456789", "12345é", "123456\n", "12345\u00ff", "１２３４５６"]) {
    void it(`is refused as ${JSON.stringify(pin)}, and the error does not contain it`, () => {
      for (const use of [checkPin, encodePin]) {
        assert.throws(
          () => {
            use(pin);
          },
          (error) => {
            withCode("INPUT_INVALID", /6 to 8 ASCII characters/)(error);
            assert.ok(pin === "" || !inspect(error).includes(pin));
            return true;
          },
        );
      }
    });
  }

  void it("is 123456 by default", () => {
    assert.equal(DEFAULT_PIN, "123456");
  });

  for (const { triesLeft, says } of [
    { triesLeft: 2, says: /the PIN is wrong, 2 tries are left\./ },
    { triesLeft: 1, says: /the PIN is wrong, 1 try is left\./ },
    { triesLeft: undefined, says: /the PIN is wrong, and the card does not say how many tries are left\./ },
  ]) {
    void it(`that is rejected reports that ${triesLeft === undefined ? "the tries left are unknown" : `${String(triesLeft)} tries are left`}`, () => {
      const error = new PinRejected("Verifying the PIN failed", triesLeft);
      withCode("PIN_REJECTED", says)(error);
      assert.equal(error.triesLeft, triesLeft);
    });
  }
});
