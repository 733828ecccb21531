import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { serialNumber } from "../../provider/x509/serialNumber";
import { derOf, asn1, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { issueRoot, octets } from "./issuing";

/** The DER of an integer: one byte for the tag, one for the length, and 16 with a highest bit of 0. */
const EXTREMES = [
  { randomness: "zeros", octet: 0x00, serial: "40000000000000000000000000000000" },
  { randomness: "ones", octet: 0xff, serial: "7fffffffffffffffffffffffffffffff" },
] as const;

void describe("A serial number", () => {
  void it("is positive and at most 20 bytes long, in 2,000 draws", () => {
    for (let draw = 0; draw < 2_000; draw += 1) {
      const serial = serialNumber(randomBytes);
      assert.match(serial, /^(?:[0-9a-f]{2}){1,20}$/);
      assert.ok(Buffer.from(serial, "hex").readInt8(0) > 0, serial);
    }
  });

  void it("never repeats, in 2,000 draws", () => {
    assert.equal(new Set(Array.from({ length: 2_000 }, () => serialNumber(randomBytes))).size, 2_000);
  });

  void it("keeps at least 64 random bits, each of which changes it", () => {
    const serials = new Set(
      Array.from({ length: 128 }, (_, bit) =>
        serialNumber((size) => {
          const random = new Uint8Array(size);
          random[bit >> 3] = 1 << (bit & 7);
          return random;
        }),
      ),
    );
    serials.delete(serialNumber(octets(0)));
    assert.ok(serials.size >= 64, String(serials.size));
  });

  void it("does not modify the random bytes", () => {
    const random = octets(0xff)(16);
    serialNumber(() => random);
    assert.deepEqual(random, octets(0xff)(16));
  });

  for (const { randomness, octet, serial } of EXTREMES) {
    void it(
      `of ${randomness} only is read by openssl, in its shortest form`,
      { skip: missing("openssl") },
      async () => {
        const pem = await issueRoot({ random: octets(octet) });
        assert.equal(openssl(["x509", "-noout", "-serial"], pem), `serial=${serial.toUpperCase()}\n`);
        assert.match(asn1(derOf(pem)), new RegExp(`d=2 +hl=2 l= +16 prim: INTEGER +:${serial}$`, "im"));
      },
    );
  }
});
