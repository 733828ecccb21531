import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, it } from "node:test";
import type { SlotMetadata } from "../../provider/piv/metadata";
import { withCode } from "../fixtures/withCode";
import { type Exchange, octets, withYubiKey } from "./scriptedCard";

/** The point in Yubico's example of a P-256 key. */
const POINT = `
  04 C4 17 7F 2B 96 8F 9C 00 0C 4F 3D 2B 88 B0 AB 5B 0C 3B 19 42 63 20 8C A1 2F EE 1C B4 D8 81 96 9F
  D8 C8 D0 8D D1 BB 66 58 00 26 7D 05 34 A8 A3 30 D1 59 DE 66 01 0E 3F 21 13 29 C5 98 56 07 B5 26`;

/** The same as a SubjectPublicKeyInfo: RFC 5480, with a handwritten header. */
const P256_KEY = createPublicKey({
  key: Buffer.concat([
    octets("30 59 30 13 06 07 2A 86 48 CE 3D 02 01 06 08 2A 86 48 CE 3D 03 01 07 03 42 00"),
    octets(POINT),
  ]),
  format: "der",
  type: "spki",
});

/** RFC 8032, 7.1, test 1, and the same as a SubjectPublicKeyInfo: RFC 8410. */
const ED25519 = "D7 5A 98 01 82 B1 0A B7 D5 4B FE D3 C9 64 07 3A 0E E1 72 F3 DA A6 23 25 AF 02 1A 68 F7 07 51 1A";
const ED25519_KEY = createPublicKey({
  key: octets(`30 2A 30 05 06 03 2B 65 70 03 21 00 ${ED25519}`),
  format: "der",
  type: "spki",
});

const metadataOf9a = (firmware: string, script: readonly Exchange[]): Promise<SlotMetadata | "none" | undefined> =>
  withYubiKey(firmware, script, (piv) => piv.metadata("9a"));

void describe("The metadata of a slot", () => {
  void it("is read as in Yubico's example", async () => {
    const found = await metadataOf9a("5.4.3", [
      ["00 F7 00 9A 00", `01 01 11 02 02 02 01 03 01 01 04 43 86 41 ${POINT} 90 00`],
    ]);
    assert.ok(typeof found === "object");
    const { publicKey, ...others } = found;
    assert.deepEqual(others, {
      algorithm: "ECDSA_P256",
      pinPolicy: "once",
      touchPolicy: "never",
      origin: "generated",
    });
    assert.ok(publicKey?.equals(P256_KEY));
  });

  void it("describes an imported Ed25519 key that needs PIN and touch for each signature", async () => {
    const found = await metadataOf9a("5.7.1", [
      ["00 F7 00 9A 00", `01 01 E0 02 02 03 02 03 01 02 04 22 86 20 ${ED25519} 90 00`],
    ]);
    assert.ok(typeof found === "object");
    const { publicKey, ...others } = found;
    assert.deepEqual(others, {
      algorithm: "ED25519",
      pinPolicy: "always",
      touchPolicy: "always",
      origin: "imported",
    });
    assert.ok(publicKey?.equals(ED25519_KEY));
  });

  void it("describes an RSA key in two answers", async () => {
    const modulus = Buffer.alloc(256, 0xc7);
    const data = Buffer.concat([
      octets("01 01 07 02 02 01 03 03 01 01 04 82 01 09 81 82 01 00"),
      modulus,
      octets("82 03 01 00 01"),
    ]);
    const found = await metadataOf9a("5.3.0", [
      ["00 F7 00 9A 00", `${data.subarray(0, 256).toString("hex")} 61 1F`],
      ["00 C0 00 00 1F", `${data.subarray(256).toString("hex")} 90 00`],
    ]);
    assert.ok(typeof found === "object");
    assert.deepEqual([found.algorithm, found.pinPolicy, found.touchPolicy], ["RSA_2048_PKCS1", "never", "cached"]);
    const { n, e } = found.publicKey?.export({ format: "jwk" }) ?? {};
    assert.deepEqual([n, e], [modulus.toString("base64url"), "AQAB"]);
  });

  void it("describes a key of an unsupported algorithm", async () => {
    const found = await metadataOf9a("5.7.1", [
      ["00 F7 00 9A 00", `01 01 E1 02 02 04 01 03 01 02 04 22 86 20 ${ED25519} 90 00`],
    ]);
    assert.deepEqual(found, {
      algorithm: undefined,
      pinPolicy: undefined,
      touchPolicy: "never",
      origin: "imported",
      publicKey: undefined,
    });
  });

  void it("is absent for an empty slot", async () => {
    assert.equal(await metadataOf9a("5.3.0", [["00 F7 00 9A 00", "6A 88"]]), "none");
  });

  for (const data of [
    "",
    "01 01 11 02 02 02 01 03 01 01",
    "01 01 11 02 02 02 01 03 01 01 04 00",
    "01 01 FF 03 01 00",
  ]) {
    void it(`is inconclusive without a public key, as for an empty slot of other vendors' cards: ${data}`, async () => {
      assert.equal(await metadataOf9a("5.4.3", [["00 F7 00 9A 00", `${data} 90 00`]]), undefined);
    });
  }

  for (const status of ["6D 00", "6A 86", "6B 00"]) {
    void it(`is absent on a card that reports a firmware with metadata but answers ${status}`, async () => {
      assert.equal(await metadataOf9a("5.7.1", [["00 F7 00 9A 00", status]]), undefined);
    });
  }

  void it("is not requested when the firmware has none", async () => {
    assert.equal(await metadataOf9a("5.2.9", []), undefined);
    assert.equal(await metadataOf9a("4.3.7", []), undefined);
    assert.equal(await metadataOf9a("10.0.0", [["00 F7 00 9A 00", "6D 00"]]), undefined);
  });

  for (const { what, data } of [
    { what: "no algorithm", data: `02 02 02 01 03 01 01 04 43 86 41 ${POINT}` },
    { what: "no policies", data: `01 01 11 03 01 01 04 43 86 41 ${POINT}` },
    { what: "a key of another curve", data: `01 01 14 02 02 02 01 03 01 01 04 43 86 41 ${POINT}` },
    { what: "a key of another size", data: "01 01 07 02 02 02 01 03 01 01 04 09 81 02 C1 01 82 03 01 00 01" },
    {
      what: "a point that is not on its curve",
      data: `01 01 11 02 02 02 01 03 01 01 04 43 86 41 ${POINT.trim().slice(0, -1)}7`,
    },
    {
      what: "a compressed point",
      data: "01 01 11 02 02 02 01 03 01 01 04 23 86 21 02 C4 17 7F 2B 96 8F 9C 00 0C 4F 3D 2B 88 B0 AB 5B 0C 3B 19 42 63 20 8C A1 2F EE 1C B4 D8 81 96 9F",
    },
    { what: "half of a key", data: "01 01 11 02 02 02 01 03 01 01 04 43 86 41 04 C4" },
    { what: "an RSA key without exponent", data: "01 01 07 02 02 02 01 03 01 01 04 04 81 02 C1 01" },
  ]) {
    void it(`is refused with ${what}`, async () => {
      await assert.rejects(
        metadataOf9a("5.4.3", [["00 F7 00 9A 00", `${data} 90 00`]]),
        withCode("KMS_ANSWER_INVALID", /The metadata in slot 9a of the YubiKey 11409355 is malformed/),
      );
    });
  }

  void it("is an error when the card fails", async () => {
    await assert.rejects(
      metadataOf9a("5.4.3", [["00 F7 00 9A 00", "6F 00"]]),
      withCode("KMS_FAILED", /reading the metadata in slot 9a of the YubiKey 11409355 failed/),
    );
  });
});

void describe("The metadata of the PIN", () => {
  void it("shows five tries left in Yubico's example", async () => {
    const found = await withYubiKey("5.3.0", [["00 F7 00 80 00", "01 01 FF 05 01 01 06 02 05 05 90 00"]], (piv) =>
      piv.pinTriesLeft(),
    );
    assert.equal(found, 5);
  });

  void it("shows how many tries are left for a changed PIN", async () => {
    const found = await withYubiKey("5.7.1", [["00 F7 00 80 00", "01 01 FF 05 01 00 06 02 08 01 90 00"]], (piv) =>
      piv.pinTriesLeft(),
    );
    assert.equal(found, 1);
  });

  for (const data of ["01 01 FF 05 01 01", "01 01 FF 05 01 01 06 01 05"]) {
    void it(`is refused as ${data}`, async () => {
      await assert.rejects(
        withYubiKey("5.3.0", [["00 F7 00 80 00", `${data} 90 00`]], (piv) => piv.pinTriesLeft()),
        withCode("KMS_ANSWER_INVALID", /The metadata of the PIN of the YubiKey 11409355 is malformed/),
      );
    });
  }
});

void describe("The metadata of the management key", () => {
  for (const { data, expected } of [
    { data: "01 01 03 02 02 00 01 05 01 00", expected: { type: "3DES", touchPolicy: "never" } },
    { data: "01 01 0A 02 02 00 02 05 01 01", expected: { type: "AES-192", touchPolicy: "always" } },
    { data: "01 01 08 02 02 00 03 05 01 00", expected: { type: "AES-128", touchPolicy: "cached" } },
    { data: "01 01 0C 05 01 00", expected: { type: "AES-256", touchPolicy: undefined } },
    { data: "01 01 7F 05 01 00", expected: { type: undefined, touchPolicy: undefined } },
  ]) {
    void it(`is ${expected.type ?? "of an unknown type"}`, async () => {
      const found = await withYubiKey("5.7.1", [["00 F7 00 9B 00", `${data} 90 00`]], (piv) =>
        piv.managementKeyMetadata(),
      );
      assert.deepEqual(found, expected);
    });
  }

  void it("is not requested when the firmware has none", async () => {
    assert.equal(await withYubiKey("5.2.4", [], (piv) => piv.managementKeyMetadata()), undefined);
  });
});
