import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { type Purpose, statusCode, statusError, triesLeftOf } from "../../provider/piv/statusWords";
import { withCode } from "../fixtures/withCode";

const PURPOSES: readonly Purpose[] = ["select", "read", "verify", "authenticate", "generate", "write", "sign"];

/** Per status word: the codes by operation; KMS_FAILED for the others. */
const TABLE: readonly { status: number; codes: Partial<Record<Purpose, ErrorCode>> }[] = [
  { status: 0x6300, codes: { verify: "PIN_REJECTED", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x6302, codes: { verify: "PIN_REJECTED", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x63c0, codes: { verify: "PIN_BLOCKED", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x63c1, codes: { verify: "PIN_REJECTED", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x63cf, codes: { verify: "PIN_REJECTED", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x6581, codes: {} },
  { status: 0x6700, codes: { write: "CARD_FULL" } },
  { status: 0x6882, codes: {} },
  {
    status: 0x6982,
    codes: {
      sign: "PIN_REQUIRED",
      authenticate: "MANAGEMENT_KEY_REJECTED",
      generate: "MANAGEMENT_KEY_REJECTED",
      write: "MANAGEMENT_KEY_REJECTED",
    },
  },
  { status: 0x6983, codes: { verify: "PIN_BLOCKED", sign: "PIN_BLOCKED" } },
  { status: 0x6985, codes: { sign: "KEY_NOT_FOUND" } },
  { status: 0x6987, codes: {} },
  { status: 0x6988, codes: {} },
  {
    status: 0x6a80,
    codes: { sign: "KEY_NOT_FOUND", authenticate: "MANAGEMENT_KEY_REJECTED", generate: "ALGORITHM_UNSUPPORTED" },
  },
  {
    status: 0x6a81,
    codes: { select: "CARD_UNSUPPORTED", generate: "ALGORITHM_UNSUPPORTED", authenticate: "MANAGEMENT_KEY_REJECTED" },
  },
  { status: 0x6a82, codes: { select: "CARD_UNSUPPORTED", sign: "KEY_NOT_FOUND" } },
  { status: 0x6a84, codes: { write: "CARD_FULL" } },
  {
    status: 0x6a86,
    codes: { sign: "KEY_NOT_FOUND", authenticate: "MANAGEMENT_KEY_REJECTED", generate: "ALGORITHM_UNSUPPORTED" },
  },
  { status: 0x6a88, codes: { sign: "KEY_NOT_FOUND", authenticate: "MANAGEMENT_KEY_REJECTED" } },
  { status: 0x6b00, codes: { generate: "ALGORITHM_UNSUPPORTED" } },
  { status: 0x6d00, codes: { select: "CARD_UNSUPPORTED" } },
  { status: 0x6e00, codes: { select: "CARD_UNSUPPORTED" } },
  { status: 0x6f00, codes: {} },
  { status: 0x1234, codes: {} },
];

void describe("A status word", () => {
  for (const { status, codes } of TABLE) {
    const word = status.toString(16);
    void it(`${word} means ${Object.values(codes).join(", ") || "no code of its own"}`, () => {
      for (const purpose of PURPOSES) {
        const code = codes[purpose] ?? "KMS_FAILED";
        assert.equal(statusCode(status, purpose), code, purpose);
        const error = statusError(status, { purpose, action: "doing this", slot: "9c", serial: 11409355 });
        withCode(code, /: doing this in slot 9c of the YubiKey 11409355 failed: .+\. .+\.$/)(error);
        if (code !== "PIN_REJECTED") {
          assert.ok(error.message.includes(`(status ${word})`), error.message);
        }
      }
    });
  }

  // SP 800-73-4 part 2, 3.2.1. The first YubiKeys use the form 630x, where 6300 says nothing about tries.
  for (const { status, left } of [
    { status: 0x63c3, left: 3 },
    { status: 0x63c0, left: 0 },
    { status: 0x63cf, left: 15 },
    { status: 0x6302, left: 2 },
    { status: 0x6300, left: undefined },
    { status: 0x6983, left: 0 },
    { status: 0x6982, left: undefined },
    { status: 0x9000, left: undefined },
    { status: 0x9003, left: undefined },
  ]) {
    void it(`${status.toString(16)} leaves ${left === undefined ? "the tries unknown" : `${String(left)} tries`}`, () => {
      assert.equal(triesLeftOf(status), left);
    });
  }

  const remedies: readonly { status: number; purpose: Purpose; says: RegExp }[] = [
    { status: 0x6983, purpose: "verify", says: /ykman piv access unblock-pin, or yubico-piv-tool -a unblock-pin/ },
    { status: 0x6982, purpose: "write", says: /Give the management key of this YubiKey/ },
    { status: 0x6a80, purpose: "generate", says: /an algorithm that the firmware 5\.2\.4 supports/ },
    { status: 0x6a82, purpose: "select", says: /ykman config usb --enable PIV/ },
    { status: 0x6a88, purpose: "sign", says: /ykman piv keys info 9a/ },
    { status: 0x6a84, purpose: "write", says: /delete one that you do not need/ },
    { status: 0x6f00, purpose: "read", says: /ykman piv info/ },
  ];
  for (const { status, purpose, says } of remedies) {
    void it(`${status.toString(16)} after ${purpose} is reported with what to do`, () => {
      const error = statusError(status, { purpose, action: "doing this", slot: "9a", firmware: "5.2.4" });
      assert.match(error.remedy, says);
    });
  }

  void it("is also reported for a card without a serial number and without a slot", () => {
    assert.match(
      statusError(0x6f00, { purpose: "read", action: "doing this" }).message,
      /^KMS_FAILED: doing this of the YubiKey failed: the card does not say why \(status 6f00\)\./,
    );
  });
});
