import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import type { Algorithm } from "../../provider/kms/algorithms";
import type { PinPolicy, TouchPolicy } from "../../provider/piv/pivAlgorithms";
import type { Slot } from "../../provider/piv/slots";
import { withCode } from "../fixtures/withCode";
import { type Exchange, withYubiKey } from "./scriptedCard";

const generate = (
  firmware: string,
  script: readonly Exchange[],
  algorithm: Algorithm = "ECDSA_P256",
  slot: Slot = "9c",
  pinPolicy: PinPolicy = "always",
  touchPolicy: TouchPolicy = "never",
): Promise<KeyObject> =>
  withYubiKey(firmware, script, (piv) => piv.generateKey(slot, { algorithm, pinPolicy, touchPolicy }));

/** GENERATE ASYMMETRIC KEY PAIR in 9c, P-256, PIN always, touch never. */
const GENERATE = "00 47 00 9C 0B AC 09 80 01 11 AA 01 03 AB 01 01 00";

/** A public key, and the answer that contains it: SP 800-73-4 part 2, 3.3.2. */
function point(curve: "prime256v1" | "secp384r1"): { x: string; y: string; answer: string } {
  const octets = createECDH(curve).generateKeys();
  const size = (octets.length - 1) / 2;
  const [hex, inner, outer] = [octets.toString("hex"), octets.length, octets.length + 2].map((part) =>
    typeof part === "number" ? part.toString(16) : part,
  );
  return {
    x: octets.subarray(1, 1 + size).toString("base64url"),
    y: octets.subarray(1 + size).toString("base64url"),
    answer: `7F 49 ${outer ?? ""} 86 ${inner ?? ""} ${hex ?? ""} 90 00`,
  };
}

void describe("A key that the card makes", () => {
  for (const { algorithm, identifier, curve, crv } of [
    { algorithm: "ECDSA_P256", identifier: "11", curve: "prime256v1", crv: "P-256" },
    { algorithm: "ECDSA_P384", identifier: "14", curve: "secp384r1", crv: "P-384" },
  ] as const) {
    void it(`for ${algorithm} is a point`, async () => {
      const { x, y, answer } = point(curve);
      const command = `00 47 00 9A 0B AC 09 80 01 ${identifier} AA 01 03 AB 01 01 00`;
      const key = await generate("5.2.4", [[command, answer]], algorithm, "9a");
      assert.deepEqual(key.export({ format: "jwk" }), { kty: "EC", crv, x, y });
    });
  }

  for (const { algorithm, identifier, size } of [
    { algorithm: "RSA_2048_PKCS1", identifier: "07", size: 256 },
    { algorithm: "RSA_3072_PKCS1", identifier: "05", size: 384 },
    { algorithm: "RSA_4096_PKCS1", identifier: "16", size: 512 },
  ] as const) {
    void it(`for ${algorithm} is a modulus and an exponent, in several answers`, async () => {
      const modulus = Buffer.alloc(size, 0xd3);
      const length = (octets: number): string => `82 ${octets.toString(16).padStart(4, "0")}`;
      const answer = Buffer.from(
        `7F 49 ${length(size + 9)} 81 ${length(size)} ${modulus.toString("hex")} 82 03 01 00 01`.replaceAll(" ", ""),
        "hex",
      );
      const script: Exchange[] = [];
      let command = `00 47 00 9D 0B AC 09 80 01 ${identifier} AA 01 02 AB 01 03 00`;
      for (let offset = 0; offset < answer.length; offset += 256) {
        const left = Math.min(Math.max(answer.length - offset - 256, 0), 255)
          .toString(16)
          .padStart(2, "0");
        const status = left === "00" ? "90 00" : `61 ${left}`;
        script.push([command, `${answer.subarray(offset, offset + 256).toString("hex")} ${status}`]);
        command = `00 C0 00 00 ${left}`;
      }
      const key = await generate("5.7.1", script, algorithm, "9d", "once", "cached");
      assert.deepEqual(key.export({ format: "jwk" }), { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" });
    });
  }

  void it("for ED25519 is in place of the point, without a form byte", async () => {
    const { x = "" } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
    const octets = Buffer.from(x, "base64url").toString("hex");
    const key = await generate(
      "5.7.1",
      [["00 47 00 82 0B AC 09 80 01 E0 AA 01 01 AB 01 02 00", `7F 49 22 86 20 ${octets} 90 00`]],
      "ED25519",
      "82",
      "never",
      "always",
    );
    assert.deepEqual(key.export({ format: "jwk" }), { kty: "OKP", crv: "Ed25519", x });
  });

  for (const status of ["6A 80", "6A 81", "6A 86"]) {
    void it(`is not made for an algorithm that the card refuses with ${status}`, async () => {
      await assert.rejects(
        generate("5.2.4", [[GENERATE, status]]),
        withCode(
          "ALGORITHM_UNSUPPORTED",
          /generating a key for ECDSA_P256 in slot 9c of the YubiKey 11409355 failed: .+ the firmware 5\.2\.4 supports/,
        ),
      );
    });
  }

  void it("is not made before the management key is authenticated", async () => {
    await assert.rejects(generate("5.2.4", [[GENERATE, "69 82"]]), withCode("MANAGEMENT_KEY_REJECTED"));
  });

  for (const algorithm of ["ECDSA_P521", "RSA_2048_PSS"] as const) {
    void it(`is never made for ${algorithm}, and the card is not asked`, async () => {
      await assert.rejects(generate("5.7.1", [], algorithm), withCode("ALGORITHM_UNSUPPORTED", /does not support /));
    });
  }

  // Yubico's advisory YSA-2017-01: 4.2.6 to 4.3.4.
  for (const firmware of ["4.2.6", "4.2.8", "4.3.1", "4.3.4"]) {
    void it(`for RSA is refused on firmware ${firmware}, whose keys can be broken`, async () => {
      await assert.rejects(
        generate(firmware, [], "RSA_2048_PKCS1"),
        withCode("ALGORITHM_UNSUPPORTED", /CVE-2017-15361/),
      );
    });
  }

  for (const firmware of ["4.1.9", "4.3.5", "5.2.4"]) {
    void it(`for RSA is not refused on firmware ${firmware}`, async () => {
      await assert.rejects(
        generate(firmware, [["00 47 00 9C 0B AC 09 80 01 07 AA 01 03 AB 01 01 00", "69 82"]], "RSA_2048_PKCS1"),
        withCode("MANAGEMENT_KEY_REJECTED"),
      );
    });
  }

  for (const { what, answer } of [
    { what: "an answer with another tag", answer: "7C 02 86 00" },
    { what: "no key", answer: "7F 49 00" },
    { what: "a truncated answer", answer: "7F 49 43 86 41 04" },
    { what: "a key of another algorithm", answer: "7F 49 08 81 01 C3 82 03 01 00 01" },
  ]) {
    void it(`is refused with ${what}`, async () => {
      await assert.rejects(
        generate("5.2.4", [[GENERATE, `${answer} 90 00`]]),
        withCode("KMS_ANSWER_INVALID", /The public key in slot 9c of the YubiKey 11409355 is malformed/),
      );
    });
  }
});

void describe("The presence of a key in a slot", () => {
  const holds = (firmware: string, script: readonly Exchange[]): Promise<boolean> =>
    withYubiKey(firmware, script, (piv) => piv.holdsKey("9a"));

  void it("is reported by the metadata, whatever the algorithm of the key", async () => {
    assert.equal(await holds("5.3.0", [["00 F7 00 9A 00", "6A 88"]]), false);
    assert.equal(await holds("5.7.1", [["00 F7 00 9A 00", "01 01 06 02 02 01 01 03 01 02 04 01 00 90 00"]]), true);
  });

  // SHA-256 and SHA-384 of 32 zero bytes, from sha256sum and sha384sum.
  const P256 =
    "00 87 11 9A 26 7C 24 82 00 81 20 66 68 7A AD F8 62 BD 77 6C 8F C1 8B 8E 9F 8E 20 08 97 14 85 6E E2 33 B3 90 2A 59 1D 0D 5F 29 25 00";
  const P384 =
    "00 87 14 9A 36 7C 34 82 00 81 30 A3 8F FF 4B A2 6C 15 E4 AC 9C DE 8C 03 10 3A C8 90 80 FD 47 54 5F DE 94 46 C8 F1 92 72 9E AB 7B D0 3A 4D 5C 31 87 F7 5F E2 A7 1B 0E E5 0A 4A 40 00";

  void it("is proved by a signature when the metadata contain no public key", async () => {
    const empty: Exchange = ["00 F7 00 9A 00", "01 01 FF 02 02 00 00 03 01 00 90 00"];
    assert.equal(await holds("5.7.1", [empty, [P256, "6A 88"]]), false);
    assert.equal(await holds("5.7.1", [empty, [P256, "69 82"]]), true);
  });

  void it("is proved by a signature when there is no metadata", async () => {
    assert.equal(await holds("5.2.4", [[P256, "7C 02 82 00 90 00"]]), true);
  });

  void it("is assumed when the PIN is missing", async () => {
    assert.equal(await holds("5.2.4", [[P256, "69 82"]]), true);
  });

  for (const status of ["69 85", "6A 82", "6A 88"]) {
    void it(`is denied by ${status}`, async () => {
      assert.equal(await holds("5.2.4", [[P256, status]]), false);
    });
  }

  void it("is tested with the next algorithm when the card does not accept one", async () => {
    assert.equal(
      await holds("5.2.4", [
        [P256, "6A 80"],
        [P384, "69 82"],
      ]),
      true,
    );
  });

  void it("is denied when the card accepts none, RSA 1024 and Ed25519 included", async () => {
    const asked: string[] = [];
    const card = {
      transmit(apdu: Uint8Array): Promise<Uint8Array> {
        const [cla = 0, ins = 0, p1 = 0] = apdu;
        if (ins !== 0x87) {
          return Promise.resolve(Buffer.from(ins === 0xfd ? "0502049000" : "9000", "hex"));
        }
        if (cla === 0) {
          asked.push(p1.toString(16));
        }
        return Promise.resolve(Buffer.from(cla === 0 ? "6a80" : "9000", "hex"));
      },
      disconnect: () => Promise.resolve(),
    };
    const { PivApplication } = await import("../../provider/piv/pivApplication.js");
    const piv = await PivApplication.select(card);
    assert.equal(await piv.holdsKey("9a"), false);
    assert.deepEqual(asked.sort(), ["11", "14", "16", "5", "6", "7", "e0"]);
  });
});

void describe("The deletion of a key", () => {
  const MOVE_TO_NOWHERE = "00 F6 FF 9C 00";
  const remove = (status: string): Promise<boolean> =>
    withYubiKey("5.7.1", [[MOVE_TO_NOWHERE, status]], (piv) => piv.deleteKey("9c"));

  void it("moves the key to slot FF, which deletes it", async () => {
    assert.equal(await remove("90 00"), true);
  });

  void it("succeeds when there is none", async () => {
    assert.equal(await remove("6A 88"), true);
  });

  for (const status of ["6D 00", "6A 81", "6A 86", "6B 00"]) {
    void it(`is not supported by firmware before 5.7, or by other vendors' cards that report a later one: ${status}`, async () => {
      assert.equal(await remove(status), false);
    });
  }

  void it("fails before the management key is authenticated", async () => {
    await assert.rejects(
      remove("69 82"),
      withCode("MANAGEMENT_KEY_REJECTED", /deleting the key in slot 9c of the YubiKey 11409355 failed/),
    );
  });
});
