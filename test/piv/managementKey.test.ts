import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import type { CardConnection } from "../../provider/piv/cardConnection";
import { DEFAULT_MANAGEMENT_KEY, parseManagementKey } from "../../provider/piv/managementKey";
import { PivApplication } from "../../provider/piv/pivApplication";
import { withCode } from "../fixtures/withCode";
import { compact, type Exchange, octets, withYubiKey } from "./scriptedCard";

/** One block per key with its cryptogram, from the standards themselves. */
const VECTORS: readonly {
  type: string;
  identifier: string;
  key: string;
  plain: string;
  cryptogram: string;
  cipher: string;
}[] = [
  {
    type: "3DES", // SP 800-67, appendix B
    identifier: "03",
    key: "0123456789ABCDEF 23456789ABCDEF01 456789ABCDEF0123",
    plain: "54 68 65 20 71 75 66 63",
    cryptogram: "A8 26 FD 8C E5 3B 85 5F",
    cipher: "des-ede3-cbc",
  },
  {
    type: "AES-128", // FIPS 197, appendix C
    identifier: "08",
    key: "000102030405060708090A0B0C0D0E0F",
    plain: "00112233445566778899AABBCCDDEEFF",
    cryptogram: "69C4E0D86A7B0430D8CDB78070B4C55A",
    cipher: "aes-128-cbc",
  },
  {
    type: "AES-192",
    identifier: "0A",
    key: "000102030405060708090A0B0C0D0E0F1011121314151617",
    plain: "00112233445566778899AABBCCDDEEFF",
    cryptogram: "DDA97CA4864CDFE06EAF70A0EC0D7191",
    cipher: "aes-192-cbc",
  },
  {
    type: "AES-256",
    identifier: "0C",
    key: "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
    plain: "00112233445566778899AABBCCDDEEFF",
    cryptogram: "8EA2B7CA516745BFEAFC49904B496089",
    cipher: "aes-256-cbc",
  },
];

/** GET METADATA of the management key: its type, its touch policy (never), whether it is the default (no). */
function metadata(identifier: string): Exchange {
  return ["00 F7 00 9B 00", `01 01 ${identifier} 02 02 00 01 05 01 00 90 00`];
}

/** The two rounds of the mutual authentication: SP 800-73-4 part 2, appendix A. */
function rounds(identifier: string, plain: string, cryptogram: string, answer = cryptogram): Exchange[] {
  const size = octets(plain).length;
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return [
    [`00 87 ${identifier} 9B 04 7C 02 80 00 00`, `7C ${hex(size + 2)} 80 ${hex(size)} ${cryptogram} 90 00`],
    [
      `00 87 ${identifier} 9B ${hex(2 * size + 6)} 7C ${hex(2 * size + 4)} 80 ${hex(size)} ${plain} 81 ${hex(size)} ${plain} 00`,
      `7C ${hex(size + 2)} 82 ${hex(size)} ${answer} 90 00`,
    ],
  ];
}

const authenticate = (firmware: string, script: readonly Exchange[], key: string, challenge = ""): Promise<void> =>
  withYubiKey(firmware, script, (piv) => piv.authenticate(octets(key)), { randomBytes: () => octets(challenge) });

void describe("The management key", () => {
  for (const { type, identifier, key, plain, cryptogram } of VECTORS) {
    void it(`authenticates as ${type} when the metadata says so`, async () => {
      await authenticate("5.7.1", [metadata(identifier), ...rounds(identifier, plain, cryptogram)], key, plain);
    });
  }

  for (const { type, identifier, key, plain, cryptogram } of VECTORS.filter((vector) => vector.type !== "AES-192")) {
    void it(`authenticates as ${type} by its length when there is no metadata`, async () => {
      await authenticate("5.2.4", rounds(identifier, plain, cryptogram), key, plain);
    });
  }

  for (const refusal of ["6A 86", "6A 80", "6A 81", "6A 88"]) {
    void it(`of 24 bytes authenticates as AES-192 when 3DES is answered by ${refusal}`, async () => {
      const [, , aes192] = VECTORS;
      assert.ok(aes192);
      await authenticate(
        "5.2.4",
        [["00 87 03 9B 04 7C 02 80 00 00", refusal], ...rounds(aes192.identifier, aes192.plain, aes192.cryptogram)],
        aes192.key,
        aes192.plain,
      );
    });
  }

  void it("of 24 bytes authenticates as AES-192 when 3DES is answered by a witness of another length", async () => {
    const [, , aes192] = VECTORS;
    assert.ok(aes192);
    await authenticate(
      "5.2.4",
      [
        ["00 87 03 9B 04 7C 02 80 00 00", `7C 12 80 10 ${aes192.cryptogram} 90 00`],
        ...rounds(aes192.identifier, aes192.plain, aes192.cryptogram),
      ],
      aes192.key,
      aes192.plain,
    );
  });

  // YubiKeys return 6982, others 6A80 or 6300.
  for (const status of ["69 82", "6A 80", "63 00"]) {
    void it(`is rejected by ${status}, and the error does not contain it`, async () => {
      const [tripleDes] = VECTORS;
      assert.ok(tripleDes);
      const [first, [command] = [""]] = rounds("03", tripleDes.plain, tripleDes.cryptogram);
      assert.ok(first);
      await assert.rejects(
        authenticate("5.2.4", [first, [command, status]], tripleDes.key, tripleDes.plain),
        (error) => {
          withCode(
            "MANAGEMENT_KEY_REJECTED",
            /authenticating with the management key of the YubiKey 11409355 failed: .+ Give the management key/,
          )(error);
          assert.ok(!compact(inspect(error)).includes(compact(tripleDes.key)));
          return true;
        },
      );
    });
  }

  for (const [policy, octet] of [
    ["always", "02"],
    ["cached", "03"],
  ] as const) {
    void it(`with touch policy ${policy} is announced before it is used, and a missing touch does not count as a wrong key`, async () => {
      const [tripleDes] = VECTORS;
      assert.ok(tripleDes);
      const told: Exchange = ["00 F7 00 9B 00", `01 01 03 02 02 00 ${octet} 05 01 00 90 00`];
      const [first, [command] = [""]] = rounds("03", tripleDes.plain, tripleDes.cryptogram);
      assert.ok(first);
      let announced = 0;
      const run = (script: readonly Exchange[]): Promise<void> =>
        withYubiKey("5.7.1", script, (piv) => piv.authenticate(octets(tripleDes.key), () => (announced += 1)), {
          randomBytes: () => octets(tripleDes.plain),
        });
      await run([told, ...rounds("03", tripleDes.plain, tripleDes.cryptogram)]);
      assert.equal(announced, 1);
      for (const script of [
        [told, [first[0], "69 82"] as const],
        [told, first, [command, "69 82"] as const],
      ]) {
        await assert.rejects(
          run(script),
          withCode(
            "TOUCH_MISSING",
            /the YubiKey 11409355 failed: the YubiKey was not touched in time, or the key is wrong\. Run again/,
          ),
        );
      }
      await assert.rejects(run([told, first, [command, "6A 80"]]), withCode("MANAGEMENT_KEY_REJECTED"));
    });
  }

  void it("rejected by a card that does not report touches may have needed one, and the error says so", async () => {
    const [tripleDes] = VECTORS;
    assert.ok(tripleDes);
    const [first, [command] = [""]] = rounds("03", tripleDes.plain, tripleDes.cryptogram);
    assert.ok(first);
    const rejected = authenticate("5.2.4", [first, [command, "69 82"]], tripleDes.key, tripleDes.plain);
    await assert.rejects(rejected, withCode("MANAGEMENT_KEY_REJECTED", /If the YubiKey blinked, .* touch it\.$/));
  });

  void it("of another length than the card's is rejected before it is used", async () => {
    await assert.rejects(
      authenticate("5.7.1", [metadata("0C")], DEFAULT_MANAGEMENT_KEY),
      withCode("MANAGEMENT_KEY_REJECTED", /it is not a key of 192 bits\. .+: AES-256, 64 hex digits\./),
    );
  });

  void it("of an invalid length is rejected before it is used", async () => {
    await assert.rejects(
      authenticate("5.2.4", [], "00 01 02"),
      withCode("MANAGEMENT_KEY_REJECTED", /it is not a key of 24 bits/),
    );
  });

  for (const { what, answer } of [
    { what: "a wrong cryptogram", answer: "A8 26 FD 8C E5 3B 85 5E" },
    { what: "the challenge itself", answer: "54 68 65 20 71 75 66 63" },
  ]) {
    void it(`is refused when a card answers ${what}`, async () => {
      const [tripleDes] = VECTORS;
      assert.ok(tripleDes);
      const { key, plain, cryptogram } = tripleDes;
      await assert.rejects(
        authenticate("5.2.4", rounds("03", plain, cryptogram, answer), key, plain),
        withCode("KMS_ANSWER_INVALID", /does not prove that it knows the key/),
      );
    });
  }

  for (const { what, response } of [
    { what: "none", response: "7C 00 90 00" },
    { what: "a truncated one", response: "7C 0A 82 08 A8 26 FD 8C 90 00" },
    { what: "a short one", response: "7C 03 82 01 A8 90 00" },
  ]) {
    void it(`is refused when the card's answer is ${what}`, async () => {
      const [tripleDes] = VECTORS;
      assert.ok(tripleDes);
      const { key, plain, cryptogram } = tripleDes;
      const [first, [command] = [""]] = rounds("03", plain, cryptogram);
      assert.ok(first);
      await assert.rejects(
        authenticate("5.2.4", [first, [command, response]], key, plain),
        withCode("KMS_ANSWER_INVALID"),
      );
    });
  }

  for (const { type, identifier, cipher, key } of VECTORS) {
    void it(`of type ${type} authenticates to a card that computes its answers, with random challenges`, async () => {
      const card = new ManagementKeyCard(identifier, cipher, randomBytes(octets(key).length));
      for (let round = 0; round < 3; round += 1) {
        const piv = await PivApplication.select(card);
        await piv.authenticate(card.key);
      }
      assert.equal(card.authentications, 3);
      assert.equal(card.challenges.size, 3);
      const wrong = Buffer.from(card.key);
      wrong.writeUInt8(wrong.readUInt8(3) ^ 0x10, 3);
      const piv = await PivApplication.select(card);
      await assert.rejects(piv.authenticate(wrong), withCode("MANAGEMENT_KEY_REJECTED"));
      assert.equal(card.authentications, 3);
    });
  }

  for (const { digits, length } of [
    { digits: 32, length: 16 },
    { digits: 48, length: 24 },
    { digits: 64, length: 32 },
  ]) {
    void it(`is read from ${String(digits)} hex digits`, () => {
      assert.deepEqual(parseManagementKey("aB".repeat(digits / 2)), Buffer.alloc(length, 0xab));
    });
  }

  for (const text of [
    "",
    "01020304",
    `${"ab".repeat(24)} `,
    "xy".repeat(24),
    `0x${"ab".repeat(24)}`,
    "ab".repeat(20),
  ]) {
    void it(`is not read from ${JSON.stringify(text)}, and the error does not contain it`, () => {
      assert.throws(
        () => parseManagementKey(text),
        (error) => {
          withCode("INPUT_INVALID", /32, 48 or 64 hex digits/)(error);
          assert.ok(text === "" || !inspect(error).includes(text));
          return true;
        },
      );
    });
  }

  void it("has Yubico's default value", () => {
    assert.deepEqual(parseManagementKey(DEFAULT_MANAGEMENT_KEY), octets("0102030405060708".repeat(3)));
  });
});

void describe("The management key that a card stores", () => {
  /** GET DATA of ADMIN DATA, and of Printed Information, as ykman writes them. */
  const ADMIN = "00 CB 3F FF 05 5C 03 5F FF 00 00";
  const PRINTED = "00 CB 3F FF 05 5C 03 5F C1 09 00";

  for (const { what, answer, protection } of [
    { what: "by its flag", answer: "53 05 80 03 81 01 02 90 00", protection: "stored" },
    {
      what: "by its flag, with a blocked PUK and a time",
      answer: "53 0B 80 09 81 01 03 83 04 65 00 00 00 90 00",
      protection: "stored",
    },
    {
      what: "by its salt",
      answer: "53 17 80 15 81 01 00 82 10 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 90 00",
      protection: "derived",
    },
    { what: "when only the PUK is blocked", answer: "53 05 80 03 81 01 01 90 00", protection: "none" },
    { what: "when there is no such data", answer: "6A 82", protection: "none" },
    { what: "when the card does not support such data", answer: "6A 80", protection: "none" },
    { what: "when the data is something else", answer: "53 03 01 02 03 90 00", protection: "none" },
    { what: "when the data is empty", answer: "53 00 90 00", protection: "none" },
  ]) {
    void it(`is found to be ${protection}, ${what}`, async () => {
      const found = withYubiKey("5.4.3", [[ADMIN, answer]], (piv) => piv.managementKeyProtection());
      assert.equal(await found, protection);
    });
  }

  const stored = (answer: string): Promise<Buffer | undefined> =>
    withYubiKey("5.4.3", [[PRINTED, answer]], (piv) => piv.storedManagementKey());

  void it("is read from Printed Information", async () => {
    assert.deepEqual(await stored(`53 1C 88 1A 89 18 ${"A5".repeat(24)} 90 00`), Buffer.alloc(24, 0xa5));
  });

  for (const answer of ["6A 82", "53 00 90 00", "53 02 88 00 90 00", "53 03 01 02 03 90 00"]) {
    void it(`is absent when the card answers ${answer}`, async () => {
      assert.equal(await stored(answer), undefined);
    });
  }

  void it("is not available before the PIN", async () => {
    await assert.rejects(
      stored("69 82"),
      withCode("KMS_FAILED", /reading the management key that is stored on the card/),
    );
  });
});

/** The card's side: one management key, with its type in GET METADATA. One block in CBC without an IV is ECB. */
class ManagementKeyCard implements CardConnection {
  authentications = 0;
  readonly challenges = new Set<string>();
  readonly #identifier: string;
  readonly #cipher: string;
  readonly #blockLength: number;
  #witness = Buffer.alloc(0);

  constructor(
    identifier: string,
    cipher: string,
    readonly key: Buffer,
  ) {
    this.#identifier = identifier;
    this.#cipher = cipher;
    this.#blockLength = cipher.startsWith("des") ? 8 : 16;
  }

  transmit(apdu: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(this.#answer(Buffer.from(apdu)));
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  #answer(apdu: Buffer): Buffer {
    switch (apdu.readUInt8(1)) {
      case 0xa4:
        return octets("90 00");
      case 0xfd:
        return octets("05 07 01 90 00");
      case 0xf8:
        return octets("00 00 00 01 90 00");
      case 0xf7:
        return octets(`01 01 ${this.#identifier} 02 02 00 01 05 01 00 90 00`);
      case 0x87:
        return this.#authenticate(apdu.subarray(5, 5 + (apdu[4] ?? 0)));
      default:
        return octets("6D 00");
    }
  }

  #authenticate(template: Buffer): Buffer {
    const size = this.#blockLength;
    if (template.length === 4) {
      this.#witness = randomBytes(size);
      return Buffer.concat([Buffer.of(0x7c, size + 2, 0x80, size), this.#encrypt(this.#witness), octets("90 00")]);
    }
    const challenge = template.subarray(6 + size, 6 + 2 * size);
    if (!template.subarray(4, 4 + size).equals(this.#witness)) {
      return octets("69 82");
    }
    this.challenges.add(challenge.toString("hex"));
    this.authentications += 1;
    return Buffer.concat([Buffer.of(0x7c, size + 2, 0x82, size), this.#encrypt(challenge), octets("90 00")]);
  }

  #encrypt(block: Buffer): Buffer {
    const cipher = createCipheriv(this.#cipher, this.key, Buffer.alloc(this.#blockLength)).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]);
  }
}
