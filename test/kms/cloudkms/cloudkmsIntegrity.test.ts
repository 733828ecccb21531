import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { badAnswer, checksum, matches } from "../../../provider/kms/cloudkms/cloudkmsIntegrity";
import { crc32c } from "../../cloudkms/crc32c";
import { withCode } from "../../fixtures/withCode";

void describe("The checksum of Cloud KMS", () => {
  // RFC 3720, B.4, with the bytes in wire order.
  const vectors: readonly { what: string; data: Buffer; expected: number }[] = [
    { what: "the digits", data: Buffer.from("123456789"), expected: 0xe3069283 },
    { what: "nothing", data: Buffer.alloc(0), expected: 0 },
    { what: "32 zero bytes", data: Buffer.alloc(32), expected: 0x8a9136aa },
    { what: "32 bytes of ones", data: Buffer.alloc(32, 0xff), expected: 0x62a8ab43 },
    { what: "32 ascending bytes", data: Buffer.from(Array.from({ length: 32 }, (_, n) => n)), expected: 0x46dd794e },
    {
      what: "32 descending bytes",
      data: Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)),
      expected: 0x113fdb5c,
    },
  ];
  for (const { what, data, expected } of vectors) {
    void it(`is the known unsigned value of ${what}`, () => {
      assert.equal(checksum(data), expected);
    });
  }

  void it("matches another implementation for any bytes", () => {
    for (let size = 0; size < 300; size += 7) {
      const data = randomBytes(size);
      assert.equal(checksum(data), crc32c(data));
    }
  });

  void it("matches as a number or as decimal text, as gRPC reads 64 bits", () => {
    const data = Buffer.from("123456789");
    for (const expected of [0xe3069283, "3808858755"]) {
      assert.ok(matches(data, expected));
      assert.ok(!matches(data.subarray(1), expected));
    }
  });

  void it("does not match when it is absent, not a number, or signed", () => {
    const data = Buffer.from("123456789");
    for (const expected of [undefined, null, "", "x", 0, {}, true, 0xe3069283 | 0, 0xe3069283 + 2 ** 32]) {
      assert.ok(!matches(data, expected), inspect(expected));
    }
    for (const expected of [undefined, null, {}, false]) {
      assert.ok(!matches(Buffer.alloc(0), expected), "nor of nothing, whose checksum is zero");
    }
  });

  void it("that does not match is reported as a damaged answer, with what to do", () => {
    withCode(
      "KMS_ANSWER_INVALID",
      /the answer to M on K has a flaw\. It was .* is not used\. Run again\. If the error persists/,
    )(badAnswer("M", "K", "a flaw"));
  });
});
