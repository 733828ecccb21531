import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Algorithm } from "../../provider/kms/algorithms";
import { withCode } from "../fixtures/withCode";
import { compact, type Exchange, octets, withYubiKey } from "./scriptedCard";

const MESSAGE = Buffer.from("abc");

/** FIPS 180-4's example: SHA-256 and SHA-384 of "abc". */
const SHA256 = "BA7816BF 8F01CFEA 414140DE 5DAE2223 B00361A3 96177A9C B410FF61 F20015AD";
const SHA384 = `CB00753F 45A35E8B B5A03D69 9AC65007 272C32AB 0EDED163 1A8B605A 43FF5BED
  8086072B A1E7CC23 58BAECA1 34C825A7`;

/** A DER signature as from a card. Its numbers have no meaning here. */
const ANSWER = "7C 0A 82 08 30 06 02 01 01 02 01 02 90 00";
const SIGNATURE = "30 06 02 01 01 02 01 02";

const sign = (
  script: readonly Exchange[],
  algorithm: Algorithm = "ECDSA_P256",
  message: Uint8Array = MESSAGE,
  firmware = "5.2.4",
): Promise<Uint8Array> => withYubiKey(firmware, script, (piv) => piv.sign("9c", algorithm, message));

/** GENERAL AUTHENTICATE with a P-256 key in 9c. */
const P256 = `00 87 11 9C 26 7C 24 82 00 81 20 ${SHA256} 00`;

/** RFC 8017, 9.2: 0001, FF, 00, DigestInfo of SHA-256, the digest. */
function paddedBlock(size: number): string {
  const info = "30 31 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20";
  return compact(`00 01 ${"FF".repeat(size - 54)} 00 ${info} ${SHA256}`);
}

/** The data of one command in chained APDUs. */
function chained(head: string, data: string): [commands: string[], last: string] {
  const parts = compact(data).match(/.{1,510}/g) ?? [];
  const last = parts.pop() ?? "";
  const length = (part: string): string => (part.length / 2).toString(16).padStart(2, "0");
  return [parts.map((part) => `10 ${head} ${length(part)} ${part}`), `00 ${head} ${length(last)} ${last} 00`];
}

void describe("A signature", () => {
  void it("with P-256 is requested with the digest of the message, and returned as the card makes it", async () => {
    assert.deepEqual(Buffer.from(await sign([[P256, ANSWER]])), octets(SIGNATURE));
  });

  void it("with P-384 is requested with SHA-384", async () => {
    const command = `00 87 14 9C 36 7C 34 82 00 81 30 ${SHA384} 00`;
    assert.deepEqual(Buffer.from(await sign([[command, ANSWER]], "ECDSA_P384")), octets(SIGNATURE));
  });

  for (const { algorithm, identifier, size } of [
    { algorithm: "RSA_2048_PKCS1", identifier: "07", size: 256 },
    { algorithm: "RSA_3072_PKCS1", identifier: "05", size: 384 },
    { algorithm: "RSA_4096_PKCS1", identifier: "16", size: 512 },
  ] as const) {
    void it(`with ${algorithm} is requested with a padded block in several APDUs, and returned in several`, async () => {
      const length = (octet: number): string => `82 ${octet.toString(16).padStart(4, "0")}`;
      const [commands, last] = chained(
        `87 ${identifier} 9C`,
        `7C ${length(size + 6)} 82 00 81 ${length(size)} ${paddedBlock(size)}`,
      );
      assert.equal(commands.length, Math.ceil((size + 10) / 255) - 1);
      const signature = Buffer.alloc(size, 0x5a);
      const answer = octets(`7C ${length(size + 4)} 82 ${length(size)} ${signature.toString("hex")}`);
      const script: Exchange[] = commands.map((command) => [command, "90 00"]);
      let command = last;
      for (let offset = 0; offset < answer.length; offset += 256) {
        const left = Math.min(Math.max(answer.length - offset - 256, 0), 255)
          .toString(16)
          .padStart(2, "0");
        script.push([
          command,
          `${answer.subarray(offset, offset + 256).toString("hex")} ${left === "00" ? "90 00" : `61 ${left}`}`,
        ]);
        command = `00 C0 00 00 ${left}`;
      }
      assert.deepEqual(Buffer.from(await sign(script, algorithm)), signature);
    });
  }

  void it("with Ed25519 is requested with the message itself, which the card hashes", async () => {
    const answer = `7C 42 82 40 ${"A5".repeat(64)} 90 00`;
    assert.deepEqual(
      Buffer.from(await sign([["00 87 E0 9C 09 7C 07 82 00 81 03 61 62 63 00", answer]], "ED25519", MESSAGE, "5.7.1")),
      Buffer.alloc(64, 0xa5),
    );
  });

  void it("with Ed25519 is requested in several APDUs when the message is long", async () => {
    const message = Buffer.alloc(600, 0x4d);
    const [commands, last] = chained("87 E0 9C", `7C 82 02 5E 82 00 81 82 02 58 ${message.toString("hex")}`);
    const script: Exchange[] = [
      ...commands.map((command): Exchange => [command, "90 00"]),
      [last, `7C 42 82 40 ${"A5".repeat(64)} 90 00`],
    ];
    assert.equal((await sign(script, "ED25519", message, "5.7.1")).length, 64);
  });

  for (const status of ["69 85", "6A 80", "6A 82", "6A 86", "6A 88"]) {
    void it(`finds no key when the card says ${status}`, async () => {
      await assert.rejects(
        sign([[P256, status]]),
        withCode(
          "KEY_NOT_FOUND",
          /signing with ECDSA_P256 in slot 9c of the YubiKey 11409355 failed: .+ykman piv keys info 9c/,
        ),
      );
    });
  }

  void it("finds that the key has another algorithm when the metadata says so", async () => {
    await assert.rejects(
      sign(
        [
          [P256, "6A 80"],
          ["00 F7 00 9C 00", `01 01 06 02 02 01 01 03 01 02 04 01 00 90 00`],
        ],
        "ECDSA_P256",
        MESSAGE,
        "5.7.1",
      ),
      withCode("ALGORITHM_UNSUPPORTED", /the slot holds a key of another algorithm/),
    );
  });

  void it("finds the slot empty when the metadata says so", async () => {
    await assert.rejects(
      sign(
        [
          [P256, "6A 80"],
          ["00 F7 00 9C 00", "6A 88"],
        ],
        "ECDSA_P256",
        MESSAGE,
        "5.7.1",
      ),
      withCode("KEY_NOT_FOUND", /slot 9c .+ the slot is empty/),
    );
  });

  void it("requires the PIN", async () => {
    await assert.rejects(sign([[P256, "69 82"]]), withCode("PIN_REQUIRED"));
  });

  const VERIFY: Exchange = ["00 20 00 80 08 31 32 33 34 35 36 FF FF", "90 00"];

  void it("requires a touch when the PIN was verified just before", async () => {
    await assert.rejects(
      withYubiKey("5.2.4", [VERIFY, [P256, "69 82"]], async (piv) => {
        await piv.verifyPin("123456");
        await piv.sign("9c", "ECDSA_P256", MESSAGE);
      }),
      withCode(
        "TOUCH_MISSING",
        /signing with ECDSA_P256 in slot 9c of the YubiKey 11409355 failed: .+ touch the YubiKey/,
      ),
    );
  });

  void it("requires the PIN again after another command", async () => {
    await assert.rejects(
      withYubiKey("5.2.4", [VERIFY, [P256, ANSWER], [P256, "69 82"]], async (piv) => {
        await piv.verifyPin("123456");
        await piv.sign("9c", "ECDSA_P256", MESSAGE);
        await piv.sign("9c", "ECDSA_P256", MESSAGE);
      }),
      withCode("PIN_REQUIRED"),
    );
  });

  void it("finds the PIN blocked", async () => {
    await assert.rejects(sign([[P256, "69 83"]]), withCode("PIN_BLOCKED"));
  });

  for (const algorithm of ["ECDSA_P521", "RSA_2048_PSS", "RSA_4096_PSS"] as const) {
    void it(`is not available with ${algorithm}`, async () => {
      await assert.rejects(sign([], algorithm), withCode("ALGORITHM_UNSUPPORTED"));
    });
  }

  for (const answer of ["", "7C 00", "7C 04 81 02 AA BB", "82 02 AA BB", "7C 0A 82 08 30", "7C 06 82 01 AA 82 01 BB"]) {
    void it(`is not found in the answer ${answer || "without data"}`, async () => {
      await assert.rejects(
        sign([[P256, `${answer} 90 00`]]),
        withCode("KMS_ANSWER_INVALID", /The signature in slot 9c of the YubiKey 11409355 is malformed/),
      );
    });
  }
});
