import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { pcscCode, pcscError, returnCodeOf } from "../../provider/piv/pcscErrors";
import { withCode } from "../fixtures/withCode";

/** The codes for a return code by operation: opening the readers, connecting, transmitting. */
const TABLE: readonly { returnCode: string; codes: readonly [ErrorCode, ErrorCode, ErrorCode] }[] = [
  { returnCode: "0x80100009", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x8010000b", codes: ["KMS_FAILED", "CARD_BUSY", "KMS_FAILED"] },
  { returnCode: "0x8010000c", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x80100013", codes: ["PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE"] },
  { returnCode: "0x80100016", codes: ["KMS_FAILED", "KMS_FAILED", "CARD_REMOVED"] },
  { returnCode: "0x80100017", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x8010001d", codes: ["PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE"] },
  { returnCode: "0x8010001e", codes: ["PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE", "PCSC_UNAVAILABLE"] },
  { returnCode: "0x8010002e", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x80100066", codes: ["KMS_FAILED", "CARD_UNSUPPORTED", "CARD_REMOVED"] },
  { returnCode: "0x80100067", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x80100068", codes: ["KMS_FAILED", "CARD_BUSY", "CARD_REMOVED"] },
  { returnCode: "0x80100069", codes: ["KMS_FAILED", "CARD_NOT_FOUND", "CARD_REMOVED"] },
  { returnCode: "0x8010006a", codes: ["PERMISSION_DENIED", "PERMISSION_DENIED", "PERMISSION_DENIED"] },
  { returnCode: "0x80100004", codes: ["KMS_FAILED", "KMS_FAILED", "KMS_FAILED"] },
];

void describe("A return code of PC/SC", () => {
  for (const { returnCode, codes } of TABLE) {
    void it(`${returnCode} means ${[...new Set(codes)].join(", ")}`, () => {
      const error = new Error(`SCardConnect error: Some text.(${returnCode})`);
      for (const [index, call] of (["open", "connect", "transmit"] as const).entries()) {
        assert.equal(pcscCode(error, call), codes[index], call);
        withCode(codes[index] ?? "KMS_FAILED", /: doing this failed: .+\. .+\.$/)(pcscError(error, call, "doing this"));
      }
    });
  }

  for (const { text, returnCode } of [
    { text: "SCardTransmit error: Card was removed.(0x80100069)", returnCode: 0x80100069 },
    { text: "SCardConnect error: Sharing violation.(0xffffffff8010000b)", returnCode: 0x8010000b },
    { text: "SCardConnect error: Der Vorgang wurde abgebrochen.\r\n(0x8010001D)", returnCode: 0x8010001d },
    { text: "Card Reader not connected", returnCode: 0 },
    { text: "a text with (0x80100069) in the middle of it", returnCode: 0 },
  ]) {
    void it(`is read from ${JSON.stringify(text)}`, () => {
      assert.equal(returnCodeOf(new Error(text)), returnCode);
    });
  }

  void it("that is unknown is reported in the package's words", () => {
    withCode(
      "KMS_FAILED",
      /^KMS_FAILED: doing this failed: SCardConnect error: Insufficient buffer\.\(0x80100008\)\. Check /,
    )(pcscError(new Error("SCardConnect error: Insufficient buffer.(0x80100008)"), "connect", "doing this"));
  });

  for (const { platform, says } of [
    { platform: "linux", says: /sudo systemctl enable --now pcscd\.socket/ },
    { platform: "darwin", says: /macOS starts the service by itself/ },
    { platform: "win32", says: /SCardSvr/ },
    { platform: "freebsd", says: /Start the PC\/SC service/ },
  ] as const) {
    void it(`for a service that is not running includes what to do on ${platform}`, () => {
      const error = new Error("SCardEstablishContext error: Service not available.(0x8010001d)");
      assert.match(pcscError(error, "open", "doing this", platform).remedy, says);
    });
  }

  void it("for a busy card names the programs that may hold it", () => {
    const error = new Error("SCardConnect error: Sharing violation.(0x8010000b)");
    assert.match(pcscError(error, "connect", "doing this").remedy, /step-ca .+gpgconf --kill scdaemon/);
  });
});
