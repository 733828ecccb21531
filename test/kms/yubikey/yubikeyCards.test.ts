import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PkiError } from "../../../provider/errors";
import { YubiKeyCards } from "../../../provider/kms/yubikey/yubikeyCards";
import type { CardConnection, CardReaders, WhenBusy } from "../../../provider/piv/cardConnection";
import { withCode } from "../../fixtures/withCode";

/** The content of a reader: a YubiKey, another card, or a card that refuses connections. */
type Content =
  | { readonly serial: number | undefined; readonly firmware?: string }
  | { readonly applet: "none" }
  | { readonly refuses: PkiError }
  | { readonly breaks: PkiError };

const BUSY = new PkiError("CARD_BUSY", "another program holds the card", "End it");
const REMOVED = new PkiError("CARD_REMOVED", "the card was removed", "Plug it in");

/** Readers with cards that support SELECT, GET VERSION and GET SERIAL, and log all calls. */
class FakeReaders implements CardReaders {
  readonly log: string[] = [];
  /** The readers that are connected to. */
  readonly connected = new Set<string>();
  disconnectError: Error | undefined;
  listError: Error | undefined;
  readonly #contents: Map<string, Content>;

  constructor(contents: Readonly<Record<string, Content>>) {
    this.#contents = new Map(Object.entries(contents));
  }

  list(): Promise<string[]> {
    return this.listError === undefined ? Promise.resolve([...this.#contents.keys()]) : Promise.reject(this.listError);
  }

  /** Puts something else into a reader. */
  put(reader: string, content: Content): void {
    this.#contents.set(reader, content);
  }

  connect(reader: string, whenBusy: WhenBusy = "wait"): Promise<CardConnection> {
    const content = this.#contents.get(reader) ?? assert.fail(reader);
    if ("refuses" in content && content.refuses === BUSY) {
      this.log.push(`${whenBusy === "wait" ? "wait for" : "find busy"} ${reader}`);
    }
    if ("refuses" in content) {
      return Promise.reject(content.refuses);
    }
    assert.ok(!this.connected.has(reader), `${reader} is connected to twice`);
    this.connected.add(reader);
    this.log.push(`connect ${reader}`);
    return Promise.resolve({
      transmit: (apdu) => {
        assert.ok(this.connected.has(reader), `${reader} is not connected to`);
        return "breaks" in content
          ? Promise.reject(content.breaks)
          : Promise.resolve(Buffer.from(answerTo(Buffer.from(apdu).toString("hex"), content), "hex"));
      },
      disconnect: () => {
        this.connected.delete(reader);
        this.log.push(`disconnect ${reader}`);
        return this.disconnectError === undefined ? Promise.resolve() : Promise.reject(this.disconnectError);
      },
    });
  }

  close(): void {
    this.log.push("close");
  }
}

/** SP 800-73-4 part 2, 3.1.1, and Yubico's GET VERSION and GET SERIAL. */
function answerTo(apdu: string, content: Exclude<Content, { refuses: PkiError } | { breaks: PkiError }>): string {
  if ("applet" in content) {
    return "6a82";
  }
  if (apdu.startsWith("00a40400")) {
    return "61114f0600001000010079074f05a0000003089000";
  }
  if (apdu.startsWith("00fd0000")) {
    return `${Buffer.from((content.firmware ?? "5.4.3").split(".").map(Number)).toString("hex")}9000`;
  }
  if (apdu.startsWith("00f80000")) {
    return content.serial === undefined ? "6d00" : `${content.serial.toString(16).padStart(8, "0")}9000`;
  }
  return "6d00";
}

function cards(contents: Readonly<Record<string, Content>>): { readers: FakeReaders; cards: YubiKeyCards } {
  const readers = new FakeReaders(contents);
  return { readers, cards: new YubiKeyCards(() => Promise.resolve(readers)) };
}

const serialOf = (card: { serial: number | undefined }): Promise<number | undefined> => Promise.resolve(card.serial);

void describe("The choice of a YubiKey", () => {
  const chosen: readonly {
    what: string;
    contents: Readonly<Record<string, Content>>;
    serial: number | undefined;
    found: number | undefined;
  }[] = [
    { what: "is the only one", contents: { a: { serial: 11 } }, serial: undefined, found: 11 },
    { what: "is the only one, also by its serial number", contents: { a: { serial: 11 } }, serial: 11, found: 11 },
    {
      what: "is the only one beside other cards",
      contents: { a: { applet: "none" }, b: { serial: 11 }, c: { applet: "none" } },
      serial: undefined,
      found: 11,
    },
    {
      what: "is the one with the serial number among several",
      contents: { a: { serial: 11 }, b: { serial: 22 }, c: { serial: 33 } },
      serial: 22,
      found: 22,
    },
    {
      what: "is the one with the serial number beside one that another program holds",
      contents: { a: { refuses: BUSY }, b: { serial: 22 } },
      serial: 22,
      found: 22,
    },
    {
      what: "is the only one without a serial number",
      contents: { a: { serial: undefined, firmware: "4.3.7" } },
      serial: undefined,
      found: undefined,
    },
    {
      what: "is the only one beside a card that does not answer",
      contents: { a: { breaks: REMOVED }, b: { serial: 11 } },
      serial: undefined,
      found: 11,
    },
    {
      what: "is one with the highest serial number of four bytes",
      contents: { a: { serial: 11 }, b: { serial: 4294967295 } },
      serial: 4294967295,
      found: 4294967295,
    },
  ];
  for (const { what, contents, serial, found } of chosen) {
    void it(`${what}, and no other stays connected during its use`, async () => {
      const { readers, cards: all } = cards(contents);
      const seen = await all.turn(serial, (card) => {
        assert.equal(readers.connected.size, 1);
        return serialOf(card);
      });
      assert.equal(seen, found);
      assert.equal(readers.connected.size, 0);
    });
  }

  const refused: readonly {
    what: string;
    contents: Readonly<Record<string, Content>>;
    serial: number | undefined;
    code: "CARD_NOT_FOUND" | "CARD_AMBIGUOUS" | "CARD_BUSY" | "CARD_REMOVED";
    message: RegExp;
  }[] = [
    {
      what: "there is none",
      contents: {},
      serial: undefined,
      code: "CARD_NOT_FOUND",
      message: /no YubiKey is plugged/,
    },
    {
      what: "there are only other cards",
      contents: { a: { applet: "none" } },
      serial: undefined,
      code: "CARD_NOT_FOUND",
      message: /no YubiKey is plugged in/,
    },
    {
      what: "there are two and none is named, by their serial numbers",
      contents: { a: { serial: 11 }, b: { applet: "none" }, c: { serial: 22 } },
      serial: undefined,
      code: "CARD_AMBIGUOUS",
      message: /2 YubiKeys are plugged in: 11, 22\. .*\(serial\)/,
    },
    {
      what: "there are two and one has no serial number",
      contents: { a: { serial: undefined }, b: { serial: 22 } },
      serial: undefined,
      code: "CARD_AMBIGUOUS",
      message: /one without a readable serial number, 22/,
    },
    {
      what: "a different one is connected, which the error names",
      contents: { a: { serial: 11 }, b: { serial: undefined } },
      serial: 33,
      code: "CARD_NOT_FOUND",
      message: /the YubiKey 33 is not plugged in, only 11, one without a readable serial number\./,
    },
    {
      what: "none is connected, and the error names the serial number",
      contents: {},
      serial: 33,
      code: "CARD_NOT_FOUND",
      message: /the YubiKey 33 is not plugged in\./,
    },
    {
      what: "another program holds the only card",
      contents: { a: { refuses: BUSY } },
      serial: undefined,
      code: "CARD_BUSY",
      message: /another program holds/,
    },
    {
      what: "another program holds a card that may be the named one",
      contents: { a: { serial: 11 }, b: { refuses: BUSY } },
      serial: 22,
      code: "CARD_BUSY",
      message: /another program holds/,
    },
    {
      what: "another program holds a card that may be a second one, and none is named",
      contents: { a: { serial: 11 }, b: { breaks: REMOVED }, c: { refuses: BUSY } },
      serial: undefined,
      code: "CARD_BUSY",
      message: /another program holds/,
    },
    {
      what: "the card is removed meanwhile",
      contents: { a: { breaks: REMOVED } },
      serial: 11,
      code: "CARD_REMOVED",
      message: /was removed/,
    },
  ];
  for (const { what, contents, serial, code, message } of refused) {
    void it(`fails when ${what}, and nothing stays connected`, async () => {
      const { readers, cards: all } = cards(contents);
      const use = (): never => assert.fail("no card is to be used");
      await assert.rejects(all.turn(serial, use), withCode(code, message));
      assert.equal(readers.connected.size, 0);
    });
  }
});

void describe("The reader of a named YubiKey", () => {
  const yubico = "Yubico YubiKey OTP+FIDO+CCID 00 00";

  void it("is remembered, so that no other reader is connected to", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 }, b: { refuses: BUSY }, c: { serial: 22 } });
    await all.turn(22, serialOf);
    readers.log.length = 0;
    assert.equal(await all.turn(22, serialOf), 22);
    assert.deepEqual(readers.log, ["connect c", "disconnect c"]);
  });

  void it("is searched for without waiting for a card that another program holds", async () => {
    const { readers, cards: all } = cards({ a: { refuses: BUSY }, b: { serial: 22 } });
    assert.equal(await all.turn(22, serialOf), 22);
    assert.deepEqual(readers.log, ["find busy a", "connect b", "disconnect b"]);
  });

  void it("is waited for, after all others, when only a busy one can be it", async () => {
    const { readers, cards: all } = cards({ a: { refuses: BUSY }, b: { serial: 22 } });
    await assert.rejects(all.turn(11, serialOf), withCode("CARD_BUSY"));
    assert.deepEqual(readers.log, ["find busy a", "connect b", "wait for a", "disconnect b"]);
  });

  void it("is searched for among Yubico's readers first", async () => {
    const { readers, cards: all } = cards({ "An eID reader": { applet: "none" }, [yubico]: { serial: 22 } });
    await all.turn(22, serialOf);
    assert.deepEqual(readers.log, [`connect ${yubico}`, `disconnect ${yubico}`]);
  });

  void it("is searched for again when YubiKeys were swapped, and the wrong one is never used", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 }, b: { serial: 22 } });
    assert.equal(await all.turn(11, serialOf), 11);
    readers.put("a", { serial: 22 });
    readers.put("b", { serial: 11 });
    assert.equal(await all.turn(11, serialOf), 11);
    readers.log.length = 0;
    assert.equal(await all.turn(11, serialOf), 11);
    assert.deepEqual(readers.log, ["connect b", "disconnect b"]);
    readers.put("b", { serial: 33 });
    await assert.rejects(
      all.turn(11, () => assert.fail("another is used")),
      withCode("CARD_NOT_FOUND", /the YubiKey 11 is not plugged in, only 33, 22/),
    );
    assert.equal(readers.connected.size, 0);
  });

  void it("is waited for first once it is known, and searched for elsewhere when it stays busy", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 }, b: { applet: "none" } });
    await all.turn(11, serialOf);
    readers.put("a", { refuses: BUSY });
    readers.put("b", { serial: 11 });
    readers.log.length = 0;
    assert.equal(await all.turn(11, serialOf), 11);
    assert.deepEqual(readers.log, ["wait for a", "connect b", "disconnect b"]);
  });
});

void describe("The choice of the only YubiKey", () => {
  void it("does not wait for a busy card when there are two anyway", async () => {
    const { readers, cards: all } = cards({ a: { refuses: BUSY }, b: { serial: 11 }, c: { serial: 22 } });
    await assert.rejects(all.turn(undefined, serialOf), withCode("CARD_AMBIGUOUS"));
    assert.ok(!readers.log.includes("wait for a"));
  });
});

void describe("Turns at YubiKeys", () => {
  void it("are taken in the order of the requests, whichever YubiKey they are for", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 }, b: { serial: 22 } });
    let running = 0;
    const order: number[] = [];
    const turn = (number: number): Promise<void> =>
      all.turn(number % 2 === 0 ? 11 : 22, async () => {
        running += 1;
        assert.equal(running, 1, "two turns at once");
        for (let pause = 0; pause < 10 - number; pause += 1) {
          await new Promise(setImmediate);
        }
        order.push(number);
        running -= 1;
      });
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(turn));
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(readers.connected.size, 0);
  });

  void it("continue after one that failed", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 } });
    const settled = await Promise.allSettled([
      all.turn(11, () => Promise.reject(new Error("a defect"))),
      all.turn(33, serialOf),
      all.turn(11, serialOf),
    ]);
    assert.deepEqual(
      settled.map((turn) => (turn.status === "fulfilled" ? turn.value : String(turn.reason).slice(0, 22))),
      ["Error: a defect", "PkiError: CARD_NOT_FOU", 11],
    );
    assert.equal(readers.connected.size, 0);
  });

  void it("each connect again, and release the card before the next", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 } });
    await Promise.all([all.turn(11, serialOf), all.turn(undefined, serialOf)]);
    assert.deepEqual(readers.log, ["connect a", "disconnect a", "connect a", "disconnect a"]);
  });

  void it("keep their result or error when the card is removed at the end", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 } });
    readers.disconnectError = REMOVED;
    assert.equal(await all.turn(11, serialOf), 11);
    await assert.rejects(
      all.turn(11, () => Promise.reject(new Error("why"))),
      { message: "why" },
    );
  });

  void it("find the readers once, and try again after a failure", async () => {
    const readers = new FakeReaders({ a: { serial: 11 } });
    let asked = 0;
    const all = new YubiKeyCards(() => {
      asked += 1;
      return asked === 1
        ? Promise.reject(new PkiError("PCSC_UNAVAILABLE", "pcscd does not run", "Start it"))
        : Promise.resolve(readers);
    });
    await assert.rejects(all.turn(11, serialOf), withCode("PCSC_UNAVAILABLE"));
    assert.equal(await all.turn(11, serialOf), 11);
    assert.equal(await all.turn(11, serialOf), 11);
    assert.equal(asked, 2);
    readers.listError = new PkiError("PCSC_UNAVAILABLE", "pcscd does not run", "Start it");
    await assert.rejects(all.turn(11, serialOf), withCode("PCSC_UNAVAILABLE"));
  });

  void it("have all ended when the readers are closed, even if there were none", async () => {
    const { readers, cards: all } = cards({ a: { serial: 11 } });
    const turn = all.turn(11, serialOf);
    await all.close();
    assert.deepEqual(readers.log, ["connect a", "disconnect a", "close"]);
    assert.equal(await turn, 11);
    await new YubiKeyCards(() => assert.fail("no readers are needed")).close();
  });
});
