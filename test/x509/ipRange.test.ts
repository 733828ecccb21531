import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ipOctets, isInRange, rangeOctets, rangeText, readIpRange, singleAddress } from "../../provider/x509/ipRange";

void describe("An IP address", () => {
  const addresses: readonly { text: string; hex: string | undefined }[] = [
    { text: "192.0.2.1", hex: "c0000201" },
    { text: "2001:db8::1", hex: "20010db8000000000000000000000001" },
    { text: "::", hex: "0".repeat(32) },
    { text: "fe80::", hex: `fe80${"0".repeat(28)}` },
    { text: "::ABCD", hex: `${"0".repeat(28)}abcd` },
    { text: "1:2:3:4:5:6:7:8", hex: "00010002000300040005000600070008" },
    { text: "::ffff:192.0.2.1", hex: undefined },
    { text: "fe80::1%eth0", hex: undefined },
    { text: "192.0.2", hex: undefined },
    { text: "", hex: undefined },
  ];
  for (const { text, hex } of addresses) {
    void it(`is ${hex ?? "not read"} for "${text}"`, () => {
      assert.equal(ipOctets(text)?.toString("hex"), hex);
    });
  }
});

void describe("A range of IP addresses", () => {
  for (const text of ["10.0.0.0/8", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128", "10.128.0.0/9"]) {
    void it(`is read from "${text}"`, () => {
      const range = readIpRange(text);
      assert.ok(range !== undefined);
      assert.deepEqual(readIpRange(rangeText(rangeOctets(range)) ?? ""), range);
    });
  }
  for (const text of [
    "10.0.0.1/8",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/08",
    "a/8",
    "2001:db8::1/32",
  ]) {
    void it(`is not read from "${text}"`, () => {
      assert.equal(readIpRange(text), undefined);
    });
  }

  void it("is not read from a mask with a gap", () => {
    assert.equal(rangeText(Buffer.from("0a000000ff00ff00", "hex")), undefined);
    assert.equal(rangeText(Buffer.from("0a00", "hex")), undefined);
  });

  void it("holds an address if the first bits are the same", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.nat({ max: 32 }),
        (one, other, prefix) => {
          const text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
          const first = (value: number): number => (prefix === 0 ? 0 : value >>> (32 - prefix));
          const network = prefix === 0 ? 0 : (first(one) << (32 - prefix)) >>> 0;
          const range = readIpRange(`${text(network)}/${String(prefix)}`);
          const address = singleAddress(text(other));
          assert.ok(range !== undefined && address !== undefined);
          assert.equal(isInRange(address, range), first(one) === first(other));
        },
      ),
    );
  });
});
