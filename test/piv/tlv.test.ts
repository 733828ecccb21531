import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeTlvs, encodeTlv, findTlv, unwrapTlv } from "../../provider/piv/tlv";
import { withCode } from "../fixtures/withCode";
import { compact, octets } from "./scriptedCard";

void describe("A data object of BER-TLV", () => {
  // ISO/IEC 7816-4, 5.2.2: a length in one byte up to 7F, then 81 and one byte, or 82 and two.
  const forms: readonly { length: number; head: string; tag: number }[] = [
    { tag: 0x71, length: 0, head: "71 00" },
    { tag: 0x71, length: 1, head: "71 01" },
    { tag: 0x53, length: 0x7f, head: "53 7F" },
    { tag: 0x53, length: 0x80, head: "53 81 80" },
    { tag: 0x53, length: 0xff, head: "53 81 FF" },
    { tag: 0x53, length: 0x100, head: "53 82 01 00" },
    { tag: 0x7f49, length: 0x109, head: "7F 49 82 01 09" },
    { tag: 0x5f2f, length: 2, head: "5F 2F 02" },
    { tag: 0x53, length: 0x1_0000, head: "53 83 01 00 00" },
  ];
  for (const { tag, length, head } of forms) {
    void it(`of tag ${tag.toString(16)} and ${String(length)} bytes begins with ${head}`, () => {
      const value = Buffer.alloc(length, 0xa5);
      const object = Buffer.concat([octets(head), value]);
      assert.equal(encodeTlv(tag, value).toString("hex"), object.toString("hex"));
      assert.deepEqual(decodeTlvs(object, "The test"), [{ tag, value }]);
      assert.deepEqual(unwrapTlv(object, tag, "The test"), value);
    });
  }

  void it("is written from several values in a row", () => {
    assert.equal(
      encodeTlv(0x7c, encodeTlv(0x82), encodeTlv(0x81, Buffer.of(1, 2))).toString("hex"),
      compact("7C 06 82 00 81 02 01 02"),
    );
  });

  void it("is read when its length is encoded in more bytes than needed, which BER allows", () => {
    assert.deepEqual(decodeTlvs(octets("70 82 00 02 AA BB"), "The test"), [{ tag: 0x70, value: octets("AA BB") }]);
  });

  void it("is found by its tag, the first of several", () => {
    const objects = decodeTlvs(octets("70 01 AA 71 01 00 70 01 BB"), "The test");
    assert.deepEqual(findTlv(objects, 0x70), octets("AA"));
    assert.equal(findTlv(objects, 0xfe), undefined);
  });

  const malformed: readonly { what: string; data: string; problem: RegExp }[] = [
    { what: "a tag without a length", data: "53", problem: /ends too early/ },
    { what: "a tag that does not end", data: "7F", problem: /ends too early/ },
    { what: "a length that does not end", data: "53 82 01", problem: /ends too early/ },
    { what: "a value that does not end", data: "53 03 AA BB", problem: /tag 53 claims more octets than there are/ },
    { what: "the indefinite form", data: "53 80 AA 00 00", problem: /a length begins with 80/ },
    { what: "a length in four bytes", data: "53 84 00 00 00 01 AA", problem: /a length begins with 84/ },
    { what: "a tag of four bytes", data: "1F 81 81 01 00", problem: /longer than three/ },
    { what: "bytes after the last object", data: "53 01 AA 00", problem: /ends too early/ },
  ];
  for (const { what, data, problem } of malformed) {
    void it(`is refused as ${what}`, () => {
      assert.throws(() => decodeTlvs(octets(data), "The test"), withCode("KMS_ANSWER_INVALID", problem));
    });
  }

  for (const { what, data } of [
    { what: "another tag", data: "54 01 AA" },
    { what: "two objects", data: "53 01 AA 53 01 AA" },
    { what: "nothing", data: "" },
  ]) {
    void it(`is not unwrapped from ${what}`, () => {
      assert.throws(
        () => unwrapTlv(octets(data), 0x53, "The test"),
        withCode("KMS_ANSWER_INVALID", /The test is malformed: it is not a single object with tag 53/),
      );
    });
  }
});
