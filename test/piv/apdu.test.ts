import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exchange } from "../../provider/piv/apdu";
import { withCode } from "../fixtures/withCode";
import { octets, ScriptedCard, type Exchange } from "./scriptedCard";

/** Hex of a number of bytes of a value. */
function run(length: number, value: number): string {
  return Buffer.alloc(length, value).toString("hex");
}

void describe("A command APDU", () => {
  const cases: readonly {
    does: string;
    command: Parameters<typeof exchange>[1];
    script: readonly Exchange[];
    status?: number;
    data?: string;
  }[] = [
    {
      does: "without data has Le",
      command: { ins: 0xf8, p1: 0, p2: 0 },
      script: [["00 F8 00 00 00", "00 AE 17 CB 90 00"]],
      data: "00 AE 17 CB",
    },
    {
      does: "with data and no answer has only Lc",
      command: { ins: 0x20, p1: 0, p2: 0x80, data: octets("31 32 33 34 35 36 FF FF") },
      script: [["00 20 00 80 08 31 32 33 34 35 36 FF FF", "90 00"]],
    },
    {
      does: "with data and an answer has Lc and Le",
      command: { ins: 0xcb, p1: 0x3f, p2: 0xff, data: octets("5C 03 5F C1 02"), answers: true },
      script: [["00 CB 3F FF 05 5C 03 5F C1 02 00", "53 00 90 00"]],
      data: "53 00",
    },
    {
      does: "carries 255 bytes in one",
      command: { ins: 0xdb, p1: 0x3f, p2: 0xff, data: Buffer.alloc(255, 1) },
      script: [[`00 DB 3F FF FF ${run(255, 1)}`, "90 00"]],
    },
    {
      does: "carries 256 bytes in two, the first with the chaining bit and no Le",
      command: { ins: 0x87, p1: 0x07, p2: 0x9c, data: Buffer.alloc(256, 2), answers: true },
      script: [
        [`10 87 07 9C FF ${run(255, 2)}`, "90 00"],
        ["00 87 07 9C 01 02 00", "AA 90 00"],
      ],
      data: "AA",
    },
    {
      does: "carries 510 bytes in two full ones",
      command: { ins: 0xdb, p1: 0x3f, p2: 0xff, data: Buffer.alloc(510, 3) },
      script: [
        [`10 DB 3F FF FF ${run(255, 3)}`, "90 00"],
        [`00 DB 3F FF FF ${run(255, 3)}`, "90 00"],
      ],
    },
    {
      does: "ends its chain at the first one refused",
      command: { ins: 0xdb, p1: 0x3f, p2: 0xff, data: Buffer.alloc(700, 3) },
      script: [
        [`10 DB 3F FF FF ${run(255, 3)}`, "90 00"],
        [`10 DB 3F FF FF ${run(255, 3)}`, "69 82"],
      ],
      status: 0x6982,
    },
    {
      does: "is followed by GET RESPONSE until there is no more data",
      command: { ins: 0xf9, p1: 0x9c, p2: 0 },
      script: [
        ["00 F9 9C 00 00", `${run(256, 0xa1)} 61 00`],
        ["00 C0 00 00 00", `${run(256, 0xa2)} 61 24`],
        ["00 C0 00 00 24", `${run(36, 0xa3)} 90 00`],
      ],
      data: `${run(256, 0xa1)}${run(256, 0xa2)}${run(36, 0xa3)}`,
    },
    {
      does: "accepts an answer that begins with GET RESPONSE, without data before it",
      command: { ins: 0xf7, p1: 0, p2: 0x9a },
      script: [
        ["00 F7 00 9A 00", "61 02"],
        ["00 C0 00 00 02", "AA BB 90 00"],
      ],
      data: "AA BB",
    },
    {
      does: "is sent again with the length that the card asks for",
      command: { ins: 0xcb, p1: 0x3f, p2: 0xff, data: octets("5C 01 7E"), answers: true },
      script: [
        ["00 CB 3F FF 03 5C 01 7E 00", "6C 05"],
        ["00 CB 3F FF 03 5C 01 7E 05", "7E 03 4F 01 A0 90 00"],
      ],
      data: "7E 03 4F 01 A0",
    },
    {
      does: "reports the status of a refused GET RESPONSE",
      command: { ins: 0xf9, p1: 0x9a, p2: 0 },
      script: [
        ["00 F9 9A 00 00", "AA 61 10"],
        ["00 C0 00 00 10", "6F 00"],
      ],
      status: 0x6f00,
      data: "AA",
    },
  ];
  for (const { does, command, script, status = 0x9000, data = "" } of cases) {
    void it(does, async () => {
      const card = new ScriptedCard(script);
      assert.deepEqual(await exchange(card, command), { status, data: octets(data) });
      card.end();
    });
  }

  for (const response of ["", "90"]) {
    void it(`refuses an answer of ${String(response.length / 2)} bytes`, async () => {
      const card = new ScriptedCard([["00 F8 00 00 00", response]]);
      await assert.rejects(
        exchange(card, { ins: 0xf8, p1: 0, p2: 0 }),
        withCode("KMS_ANSWER_INVALID", /has no status word/),
      );
    });
  }

  void it("refuses an answer that does not end", async () => {
    const endless = {
      transmit: () => Promise.resolve(octets(`${run(256, 1)} 61 00`)),
      disconnect: () => Promise.resolve(),
    };
    await assert.rejects(
      exchange(endless, { ins: 0xf9, p1: 0x9a, p2: 0 }),
      withCode("KMS_ANSWER_INVALID", /never ends/),
    );
    const empty = { transmit: () => Promise.resolve(octets("61 10")), disconnect: () => Promise.resolve() };
    await assert.rejects(exchange(empty, { ins: 0xf9, p1: 0x9a, p2: 0 }), withCode("KMS_ANSWER_INVALID", /never ends/));
  });
});
