import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { PinRejected } from "../../provider/piv/pin";
import { PivApplication } from "../../provider/piv/pivApplication";
import { withCode } from "../fixtures/withCode";
import { type Exchange, ScriptedCard, SELECT, SERIAL, version, withYubiKey } from "./scriptedCard";

void describe("The PIV application", () => {
  void it("is selected by its name, and reports its firmware and serial number", async () => {
    const card = new ScriptedCard([SELECT, version("5.2.4"), SERIAL]);
    const piv = await PivApplication.select(card);
    card.end();
    assert.equal(piv.firmware, "5.2.4");
    assert.equal(await piv.serial(), 11409355);
  });

  void it("has no serial number when the firmware does not report it", async () => {
    const card = new ScriptedCard([SELECT, version("4.3.7"), [SERIAL[0], "6D 00"]]);
    const piv = await PivApplication.select(card);
    assert.equal(await piv.serial(), undefined);
    assert.equal(piv.firmware, "4.3.7");
  });

  const refused: readonly { what: string; script: readonly Exchange[] }[] = [
    { what: "a card without it", script: [[SELECT[0], "6A 82"]] },
    { what: "a card without SELECT", script: [[SELECT[0], "6D 00"]] },
    { what: "a card of another class", script: [[SELECT[0], "6E 00"]] },
    { what: "a PIV card that is not a YubiKey", script: [SELECT, [version("1.0.0")[0], "6D 00"]] },
  ];
  for (const { what, script } of refused) {
    void it(`is not found on ${what}`, async () => {
      await assert.rejects(
        PivApplication.select(new ScriptedCard(script)),
        withCode("CARD_UNSUPPORTED", /selecting the PIV application of the YubiKey failed: .+ykman config usb/),
      );
    });
  }

  void it("has a version of three bytes", async () => {
    await assert.rejects(
      PivApplication.select(new ScriptedCard([SELECT, [version("1.0.0")[0], "05 04 90 00"]])),
      withCode("KMS_ANSWER_INVALID", /The version of the YubiKey is malformed: it has 2 octets/),
    );
  });
});

/** VERIFY of the PIN 123456: Yubico's example. */
const VERIFY = "00 20 00 80 08 31 32 33 34 35 36 FF FF";

void describe("The verification of the PIN", () => {
  const verify = (response: string): Promise<void> =>
    withYubiKey("5.2.4", [[VERIFY, response]], (piv) => piv.verifyPin("123456"));

  void it("sends the PIN padded with FF", async () => {
    await verify("90 00");
  });

  for (const { response, triesLeft, says } of [
    { response: "63 C4", triesLeft: 4, says: /4 tries are left/ },
    { response: "63 C1", triesLeft: 1, says: /1 try is left/ },
    { response: "63 02", triesLeft: 2, says: /2 tries are left/ },
    { response: "63 00", triesLeft: undefined, says: /does not say how many/ },
  ]) {
    void it(`fails with ${response}, and the error does not contain the PIN`, async () => {
      await assert.rejects(verify(response), (error) => {
        withCode(
          "PIN_REJECTED",
          /^PIN_REJECTED: verifying the PIN of the YubiKey 11409355 failed: the PIN is wrong/,
        )(error);
        withCode("PIN_REJECTED", says)(error);
        assert.ok(error instanceof PinRejected);
        assert.equal(error.triesLeft, triesLeft);
        assert.doesNotMatch(inspect(error), /123456/);
        return true;
      });
    });
  }

  for (const response of ["69 83", "63 C0"]) {
    void it(`finds the PIN blocked by ${response}`, async () => {
      await assert.rejects(verify(response), withCode("PIN_BLOCKED", /the YubiKey 11409355 .+ unblock-pin/));
    });
  }

  void it("does not send an invalid PIN", async () => {
    await withYubiKey("5.2.4", [], async (piv) => {
      await assert.rejects(piv.verifyPin("1234"), withCode("INPUT_INVALID"));
    });
  });
});

void describe("The tries left for the PIN", () => {
  const cases: readonly { what: string; firmware: string; script: readonly Exchange[]; left: number | undefined }[] = [
    { what: "3, by VERIFY without data", firmware: "5.2.4", script: [["00 20 00 80 00", "63 C3"]], left: 3 },
    { what: "0 when it is blocked", firmware: "5.2.4", script: [["00 20 00 80 00", "69 83"]], left: 0 },
    { what: "0 when none is left", firmware: "5.2.4", script: [["00 20 00 80 00", "63 C0"]], left: 0 },
    { what: "unknown when it is verified", firmware: "5.2.4", script: [["00 20 00 80 00", "90 00"]], left: undefined },
    {
      what: "more than 15, by the metadata",
      firmware: "5.3.0",
      script: [["00 F7 00 80 00", "01 01 FF 05 01 00 06 02 FF 7F 90 00"]],
      left: 127,
    },
    {
      what: "those of VERIFY when there is no metadata after all",
      firmware: "6.6.6",
      script: [
        ["00 F7 00 80 00", "6D 00"],
        ["00 20 00 80 00", "63 C2"],
      ],
      left: 2,
    },
  ];
  for (const { what, firmware, script, left } of cases) {
    void it(`are ${what}`, async () => {
      assert.equal(await withYubiKey(firmware, script, (piv) => piv.pinTriesLeft()), left);
    });
  }

  void it("are an error when the card fails", async () => {
    await assert.rejects(
      withYubiKey("5.2.4", [["00 20 00 80 00", "6F 00"]], (piv) => piv.pinTriesLeft()),
      withCode("KMS_FAILED"),
    );
  });
});
