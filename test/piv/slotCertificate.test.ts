import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { withCode } from "../fixtures/withCode";
import { compact, type Exchange, octets, withYubiKey } from "./scriptedCard";

/** GET DATA of the certificate in 9c. */
const GET = "00 CB 3F FF 05 5C 03 5F C1 0A 00";

const read = (script: readonly Exchange[]): Promise<Buffer | undefined> =>
  withYubiKey("5.2.4", script, (piv) => piv.readCertificate("9c"));

/** An answer of any length, with GET RESPONSE. */
function answered(command: string, data: Buffer): Exchange[] {
  const script: Exchange[] = [];
  let next = command;
  for (let offset = 0; offset < data.length; offset += 256) {
    const left = Math.min(Math.max(data.length - offset - 256, 0), 255)
      .toString(16)
      .padStart(2, "0");
    script.push([
      next,
      `${data.subarray(offset, offset + 256).toString("hex")} ${left === "00" ? "90 00" : `61 ${left}`}`,
    ]);
    next = `00 C0 00 00 ${left}`;
  }
  return script;
}

const length = (value: number): string => `82 ${value.toString(16).padStart(4, "0")}`;

void describe("The certificate in a slot", () => {
  void it("is the value of tag 70 of its object", async () => {
    assert.deepEqual(await read([[GET, "53 0A 70 03 30 01 00 71 01 00 FE 00 90 00"]]), octets("30 01 00"));
  });

  void it("is read without CertInfo, in another order, and with an error detection code", async () => {
    assert.deepEqual(await read([[GET, "53 05 70 03 30 01 00 90 00"]]), octets("30 01 00"));
    assert.deepEqual(await read([[GET, "53 0C 71 01 00 70 03 30 01 00 FE 02 AB CD 90 00"]]), octets("30 01 00"));
  });

  void it("is read from several answers", async () => {
    const der = randomBytes(1500);
    const object = octets(`53 ${length(1509)} 70 ${length(1500)} ${der.toString("hex")} 71 01 00 FE 00`);
    assert.deepEqual(await read(answered(GET, object)), der);
  });

  void it("is decompressed when CertInfo says that it is compressed by gzip", async () => {
    const der = Buffer.alloc(900, 0x30);
    const zipped = gzipSync(der);
    const object = octets(
      `53 ${(zipped.length + 7).toString(16)} 70 ${zipped.length.toString(16)} ${zipped.toString("hex")} 71 01 01 FE 00`,
    );
    assert.deepEqual(await read(answered(GET, object)), der);
  });

  for (const { what, answer } of [
    { what: "there is no object", answer: "6A 82" },
    { what: "the card returns no data", answer: "90 00" },
    { what: "the object was emptied", answer: "53 00 90 00" },
    { what: "the object contains an empty certificate", answer: "53 07 70 00 71 01 00 FE 00 90 00" },
  ]) {
    void it(`is absent when ${what}`, async () => {
      assert.equal(await read([[GET, answer]]), undefined);
    });
  }

  for (const { what, answer } of [
    { what: "another object", answer: "7E 02 AA BB" },
    { what: "an object without a certificate", answer: "53 05 71 01 00 FE 00" },
    { what: "an undefined CertInfo", answer: "53 0A 70 03 30 01 00 71 01 04 FE 00" },
    { what: "data that is not compressed", answer: "53 0A 70 03 30 01 00 71 01 01 FE 00" },
    { what: "a length that is too long", answer: "53 0A 70 23 30 01 00 71 01 00 FE 00" },
    { what: "data with bytes after it", answer: "53 0A 70 03 30 01 00 71 01 00 FE 00 00" },
  ]) {
    void it(`that is ${what} is returned as raw data, because it belongs to somebody`, async () => {
      assert.deepEqual(await read([[GET, `${answer} 90 00`]]), octets(answer));
    });
  }

  void it("that decompresses from a small object to a large one is returned compressed", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000), { level: 9 });
    const object = octets(
      `53 ${length(bomb.length + 9)} 70 ${length(bomb.length)} ${bomb.toString("hex")} 71 01 01 FE 00`,
    );
    assert.deepEqual(await read(answered(GET, object)), object);
  });

  void it("is an error when the card fails", async () => {
    await assert.rejects(
      read([[GET, "69 82"]]),
      withCode("KMS_FAILED", /reading the certificate in slot 9c of the YubiKey 11409355 failed/),
    );
  });

  void it("of slot 95 has its own object", async () => {
    const found = await withYubiKey(
      "5.2.4",
      [["00 CB 3F FF 05 5C 03 5F C1 20 00", "53 0A 70 03 30 01 00 71 01 00 FE 00 90 00"]],
      (piv) => piv.readCertificate("95"),
    );
    assert.deepEqual(found, octets("30 01 00"));
  });
});

/** A card that accepts writes: the chained data of PUT DATA. */
async function written(
  der: Uint8Array,
  firmware = "5.2.4",
): Promise<{ how: "plain" | "compressed"; object: string; commands: number }> {
  const parts: Buffer[] = [];
  let ended = false;
  const card = {
    transmit(apdu: Uint8Array): Promise<Uint8Array> {
      const command = Buffer.from(apdu);
      switch (command.readUInt8(1)) {
        case 0xfd:
          return Promise.resolve(octets(`${Buffer.from(firmware.split(".").map(Number)).toString("hex")} 90 00`));
        case 0xdb:
          assert.equal(ended, false, "a command after the last of the chain");
          assert.equal(command.readUInt16BE(2), 0x3fff);
          assert.equal(command.length, 5 + command.readUInt8(4));
          ended = command.readUInt8(0) === 0;
          assert.ok(ended || command.readUInt8(0) === 0x10);
          parts.push(command.subarray(5));
          return Promise.resolve(octets("90 00"));
        default:
          return Promise.resolve(octets("90 00"));
      }
    },
    disconnect: () => Promise.resolve(),
  };
  const { PivApplication } = await import("../../provider/piv/pivApplication.js");
  const how = await (await PivApplication.select(card)).writeCertificate("9c", der);
  assert.equal(ended, true);
  return { how, object: Buffer.concat(parts).toString("hex"), commands: parts.length };
}

void describe("The storing of a certificate", () => {
  void it("writes tags 70, 71 and FE, the last one empty", async () => {
    const how = await withYubiKey(
      "5.2.4",
      [["00 DB 3F FF 11 5C 03 5F C1 0A 53 0A 70 03 30 01 00 71 01 00 FE 00", "90 00"]],
      (piv) => piv.writeCertificate("9c", octets("30 01 00")),
    );
    assert.equal(how, "plain");
  });

  void it("writes the largest certificate that fits uncompressed, in chained APDUs", async () => {
    const der = randomBytes(3052);
    const { how, object, commands } = await written(der);
    assert.equal(how, "plain");
    assert.equal(
      object,
      compact(`5C 03 5F C1 0A 53 ${length(3061)} 70 ${length(3052)} ${der.toString("hex")} 71 01 00 FE 00`),
    );
    assert.equal(commands, 13);
  });

  void it("compresses a larger one, and says so", async () => {
    const der = Buffer.concat([randomBytes(1000), Buffer.alloc(3000, 0x30)]);
    const { how, object } = await written(der);
    assert.equal(how, "compressed");
    const fields = /^5c035fc10a5382....7082(....)(.*)710101fe00$/.exec(object);
    assert.ok(fields, object);
    const [, size = "", zipped = ""] = fields;
    assert.equal(zipped.length, 2 * Number.parseInt(size, 16));
    assert.deepEqual(gunzipSync(Buffer.from(zipped, "hex")), der);
  });

  void it("refuses one that does not fit even when compressed, before the card sees it", async () => {
    await assert.rejects(
      withYubiKey("5.2.4", [], (piv) => piv.writeCertificate("9c", randomBytes(3100))),
      withCode(
        "CARD_FULL",
        /storing the certificate in slot 9c of the YubiKey 11409355 is refused: .+ 3100 octets, and at most 3052 fit/,
      ),
    );
  });

  void it("knows that firmware before 4.0 accepts less", async () => {
    assert.equal((await written(randomBytes(2025), "3.5.0")).how, "plain");
    await assert.rejects(written(randomBytes(2100), "3.5.0"), withCode("CARD_FULL", /2025 fit/));
  });

  for (const { status, code } of [
    { status: "69 82", code: "MANAGEMENT_KEY_REJECTED" },
    { status: "6A 84", code: "CARD_FULL" },
    { status: "67 00", code: "CARD_FULL" },
    { status: "65 81", code: "KMS_FAILED" },
  ] as const) {
    void it(`fails with ${code} for ${status}`, async () => {
      await assert.rejects(
        withYubiKey("5.2.4", [["00 DB 3F FF 11 5C 03 5F C1 0A 53 0A 70 03 30 01 00 71 01 00 FE 00", status]], (piv) =>
          piv.writeCertificate("9c", octets("30 01 00")),
        ),
        withCode(code, /storing the certificate in slot 9c of the YubiKey 11409355 failed/),
      );
    });
  }
});

void describe("The deletion of a certificate", () => {
  void it("writes an empty object", async () => {
    await withYubiKey("5.2.4", [["00 DB 3F FF 07 5C 03 5F C1 05 53 00", "90 00"]], (piv) =>
      piv.deleteCertificate("9a"),
    );
  });

  void it("fails before the management key is authenticated", async () => {
    await assert.rejects(
      withYubiKey("5.2.4", [["00 DB 3F FF 07 5C 03 5F C1 05 53 00", "69 82"]], (piv) => piv.deleteCertificate("9a")),
      withCode("MANAGEMENT_KEY_REJECTED", /deleting the certificate in slot 9a/),
    );
  });
});

void describe("The attestation of a key", () => {
  const attest = (script: readonly Exchange[]): Promise<Buffer | undefined> =>
    withYubiKey("5.4.3", script, (piv) => piv.attest("9c"));

  void it("is a certificate in several answers", async () => {
    const der = octets(`30 ${length(800)} ${randomBytes(800).toString("hex")}`);
    assert.deepEqual(await attest(answered("00 F9 9C 00 00", der)), der);
  });

  for (const status of ["6D 00", "6A 80", "6A 81", "6A 82", "6A 86", "6B 00", "6A 88", "69 85"]) {
    void it(`is absent when the card says ${status}`, async () => {
      assert.equal(await attest([["00 F9 9C 00 00", status]]), undefined);
    });
  }

  void it("is an error when the card fails", async () => {
    await assert.rejects(attest([["00 F9 9C 00 00", "6F 00"]]), withCode("KMS_FAILED", /attesting the key in slot 9c/));
  });

  void it("is refused when it is truncated", async () => {
    await assert.rejects(attest([["00 F9 9C 00 00", "30 82 03 20 30 90 00"]]), withCode("KMS_ANSWER_INVALID"));
  });
});

void describe("The support for attestation", () => {
  const attests = (answer: string): Promise<boolean> =>
    withYubiKey("5.7.1", [["00 F9 9C 00 00", answer]], (piv) => piv.attests("9c"));

  void it("shows by whether the card knows the command, even for a slot that is empty or holds an imported key", async () => {
    for (const answer of ["30 00 90 00", "6A 80", "6A 82", "6A 88", "69 85"]) {
      assert.equal(await attests(answer), true);
    }
    assert.equal(await attests("6D 00"), false);
  });
});

void describe("The certificate of the attestation key", () => {
  const attestationCertificate = (answer: string): Promise<Buffer | undefined> =>
    withYubiKey("5.4.3", [["00 CB 3F FF 05 5C 03 5F FF 01 00", answer]], (piv) => piv.attestationCertificate());

  void it("is in Yubico's object 5FFF01", async () => {
    assert.deepEqual(await attestationCertificate("53 0A 70 03 30 01 00 71 01 00 FE 00 90 00"), octets("30 01 00"));
  });

  for (const status of ["6A 82", "6A 80"]) {
    void it(`is absent when the card says ${status}`, async () => {
      assert.equal(await attestationCertificate(status), undefined);
    });
  }

  void it("is an error when the card fails", async () => {
    await assert.rejects(
      attestationCertificate("6F 00"),
      withCode("KMS_FAILED", /reading the attestation certificate/),
    );
  });
});
