import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { PcscReader } from "../../provider/piv/pcscPackage";
import { PcscReaders } from "../../provider/piv/pcscReaders";
import { withCode } from "../fixtures/withCode";

const PRESENT = 0x20;
const EMPTY = 0x10;

/** A reader that behaves as the package's: it remembers that it is connected, and does not connect again. */
class FakeReader extends EventEmitter implements PcscReader {
  connected = false;
  readonly calls: string[] = [];
  /** The errors of the next calls, in order; undefined for success. */
  failures: (string | undefined)[] = [];
  answer = Buffer.from("9000", "hex");
  /** The promise that it waits for before it answers. */
  gate: Promise<void> = Promise.resolve();

  constructor(readonly name: string) {
    super();
  }

  connect(options: { share_mode: number }, callback: (error: unknown, protocol: number) => void): void {
    if (this.connected) {
      callback(undefined, NaN);
      return;
    }
    this.#call(`connect ${String(options.share_mode)}`, (error) => {
      this.connected = error === null;
      callback(error, 2);
    });
  }

  transmit(data: Buffer, length: number, protocol: number, callback: (error: unknown, answer: Buffer) => void): void {
    this.#call(`transmit ${data.toString("hex")} ${String(length)} ${String(protocol)}`, (error) => {
      callback(error, this.answer);
    });
  }

  disconnect(disposition: number, callback: (error: unknown) => void): void {
    this.#call(`disconnect ${String(disposition)}`, (error) => {
      this.connected = error !== null;
      callback(error);
    });
  }

  #call(call: string, callback: (error: Error | null) => void): void {
    this.calls.push(call);
    const failure = this.failures.shift();
    void this.gate.then(() => {
      callback(failure === undefined ? null : new Error(failure));
      this.emit(call.split(" ")[0] ?? "");
    });
  }
}

class FakeClient extends EventEmitter {
  /** Adds a reader, which reports its state; not yet if that is undefined. */
  add(name: string, state?: number): FakeReader {
    const reader = new FakeReader(name);
    this.emit("reader", reader);
    if (state !== undefined) {
      reader.emit("status", { state });
    }
    return reader;
  }
}

const NO_SERVICE = "SCardEstablishContext error: Service not available.(0x8010001d)";
const SHARING = "SCardConnect error: Sharing violation.(0x8010000b)";
const REMOVED = "SCardTransmit error: Card was removed.(0x80100069)";
const NO_CARD = "SCardConnect error: No smart card inserted.(0x8010000c)";

/** The waiting behavior in a test. */
interface Waiting {
  readonly busyLimit?: number;
  /** Whether the limit has already passed for calls that PC/SC does not answer. */
  readonly isLate?: boolean;
  /** Called for each pause. */
  readonly asleep?: (times: number) => void;
}

/** Readers with the test's client, whose waiting takes no time. */
function open({ busyLimit = 1_000, isLate = false, asleep }: Waiting = {}): {
  readers: PcscReaders;
  client: FakeClient;
} {
  let times = 0;
  const sleep = (_milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (signal !== undefined && !isLate) {
      return new Promise(() => undefined);
    }
    times += 1;
    asleep?.(times);
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  const client = new FakeClient();
  const readers = new PcscReaders(() => client, {
    busy: { limit: busyLimit, sleep },
    first: { limit: 1_000, sleep },
  });
  return { readers, client };
}

/** Readers, one of which holds a card. */
function openWithCard(waiting?: Waiting): { readers: PcscReaders; reader: FakeReader } {
  const { readers, client } = open(waiting);
  return { readers, reader: client.add("A", PRESENT) };
}

void describe("The readers", () => {
  void it("are listed if they hold a card", async () => {
    const { readers, client } = open();
    client.add("A", EMPTY);
    client.add("B", PRESENT);
    client.add("C", PRESENT | 0x180);
    assert.deepEqual(await readers.list(), ["B", "C"]);
  });

  void it("are listed once each has reported whether it holds a card", async () => {
    const opened: { late?: FakeReader } = {};
    const { readers, client } = open({
      asleep: (times) => times === 3 && opened.late?.emit("status", { state: PRESENT }),
    });
    client.add("A", PRESENT);
    opened.late = client.add("B");
    assert.deepEqual(await readers.list(), ["A", "B"]);
  });

  void it("are waited for", async () => {
    const opened: { client?: FakeClient; slept?: number } = {};
    const { readers, client } = open({
      asleep: (times) => {
        opened.slept = times;
        if (times === 3) {
          opened.client?.add("A", PRESENT);
        }
      },
    });
    opened.client = client;
    assert.deepEqual(await readers.list(), ["A"]);
    assert.equal(opened.slept, 3);
  });

  void it("are none after a while when none has a card", async () => {
    let slept = 0;
    const { readers, client } = open({ asleep: (times) => (slept = times) });
    client.add("A", EMPTY);
    assert.deepEqual(await readers.list(), []);
    assert.ok(slept > 5);
  });

  void it("are tracked when cards and readers come and go", async () => {
    const { readers, client } = open();
    const first = client.add("A", PRESENT);
    const second = client.add("B", PRESENT);
    first.emit("status", { state: EMPTY });
    assert.deepEqual(await readers.list(), ["B"]);
    second.emit("end");
    first.emit("status", { state: PRESENT });
    assert.deepEqual(await readers.list(), ["A"]);
    client.add("B", PRESENT);
    second.emit("end");
    assert.deepEqual(await readers.list(), ["A", "B"]);
    first.emit("error", new Error("SCardGetStatusChange error"));
    assert.deepEqual(await readers.list(), ["B"]);
  });

  void it("cannot be listed when there is no service", () => {
    const waiting = { busy: { limit: 0 }, first: { limit: 0 } };
    assert.throws(
      () =>
        new PcscReaders(() => {
          throw new Error(NO_SERVICE);
        }, waiting),
      withCode("PCSC_UNAVAILABLE", /opening the smart card readers failed: no service \(PC\/SC 0x8010001d\)/),
    );
  });

  void it("cannot be listed when the service has stopped", async () => {
    const { readers, client } = open();
    client.emit("error", new Error("SCardListReaders error: x.(0x8010001d)"));
    client.emit("error", new Error("something that follows"));
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE", /looking for smart card readers failed/));
  });
});

void describe("A connection", () => {
  void it("is exclusive, uses the negotiated protocol, and resets the card when it ends", async () => {
    const { readers, reader } = openWithCard();
    const connection = await readers.connect("A");
    reader.answer = Buffer.from("00ae17cb9000", "hex");
    assert.equal(
      Buffer.from(await connection.transmit(Buffer.from("00f8000000", "hex"))).toString("hex"),
      "00ae17cb9000",
    );
    await connection.disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "transmit 00f8000000 258 2", "disconnect 1"]);
  });

  void it("may be answered by just a status word", async () => {
    const { readers } = openWithCard();
    const answer = await (await readers.connect("A")).transmit(Buffer.of(0, 0x20, 0, 0x80, 0));
    assert.equal(Buffer.from(answer).toString("hex"), "9000");
  });

  void it("waits for a card that another program uses", async () => {
    let slept = 0;
    const { readers, reader } = openWithCard({ asleep: () => (slept += 1) });
    reader.failures = [SHARING, SHARING, "SCardConnect error: Card was reset.(0x80100068)"];
    slept = 0;
    await readers.connect("A");
    assert.equal(reader.calls.length, 4);
    assert.equal(slept, 3);
  });

  void it("does not wait for a card that another program uses when told not to", async () => {
    let slept = 0;
    const { readers, reader } = openWithCard({ busyLimit: 10_000, asleep: () => (slept += 1) });
    reader.failures = [SHARING, SHARING];
    slept = 0;
    await assert.rejects(readers.connect("A", "fail"), withCode("CARD_BUSY", /sharing violation/));
    assert.deepEqual([reader.calls.length, slept], [1, 0]);
  });

  void it("does not wait forever", async () => {
    const { readers, reader } = openWithCard({ busyLimit: 100 });
    reader.failures = Array<string>(20).fill(SHARING);
    await assert.rejects(
      readers.connect("A"),
      withCode(
        "CARD_BUSY",
        /connecting to the card in "A" failed: sharing violation \(PC\/SC 0x8010000b\)\. Stop the program/,
      ),
    );
  });

  void it("does not wait forever for PC/SC's answer, and ends when that comes too late", async () => {
    const { readers, reader } = openWithCard({ isLate: true });
    let answer = (): void => undefined;
    reader.gate = new Promise((resolve) => {
      answer = resolve;
    });
    await assert.rejects(readers.connect("A"), withCode("CARD_BUSY", /sharing violation/));
    assert.deepEqual(reader.calls, ["connect 1"]);
    const disconnected = new Promise((resolve) => reader.once("disconnect", resolve));
    answer();
    await disconnected;
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1"]);
  });

  void it("also waits for a connection of this process to the same card", async () => {
    const { readers, reader } = openWithCard({ busyLimit: 0 });
    const first = await readers.connect("A");
    await assert.rejects(readers.connect("A"), withCode("CARD_BUSY"));
    assert.deepEqual(reader.calls, ["connect 1"]);
    await first.disconnect();
    await (await readers.connect("A")).disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1", "disconnect 1"]);
  });

  void it("to another card is not blocked meanwhile", async () => {
    const { readers, client } = open({ busyLimit: 0 });
    client.add("A", PRESENT);
    client.add("B", PRESENT);
    await Promise.all([readers.connect("A"), readers.connect("B")]);
  });

  for (const { what, failure, code } of [
    { what: "an empty reader", failure: NO_CARD, code: "CARD_NOT_FOUND" },
    { what: "a service that has stopped", failure: NO_SERVICE, code: "PCSC_UNAVAILABLE" },
    { what: "a mute card", failure: "SCardConnect error: x.(0x80100066)", code: "CARD_UNSUPPORTED" },
    { what: "a card without permission", failure: "SCardConnect error: x.(0x8010006a)", code: "PERMISSION_DENIED" },
  ] as const) {
    void it(`is refused at once to ${what}`, async () => {
      const { readers, reader } = openWithCard();
      reader.failures = [failure];
      await assert.rejects(readers.connect("A"), withCode(code, /connecting to the card in "A" failed/));
      assert.equal(reader.calls.length, 1);
      await readers.connect("A");
    });
  }

  void it("to a missing reader is refused", async () => {
    const { readers } = openWithCard();
    await assert.rejects(readers.connect("B"), withCode("CARD_NOT_FOUND", /no reader "B"/));
    readers.close();
    await assert.rejects(readers.connect("A"), withCode("CARD_NOT_FOUND", /no reader "A"/));
  });

  void it("reports that the card was removed", async () => {
    const { readers, reader } = openWithCard();
    const connection = await readers.connect("A");
    reader.failures = [REMOVED];
    await assert.rejects(
      connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)),
      withCode("CARD_REMOVED", /talking to the YubiKey failed: the card was removed/),
    );
  });

  for (const answer of ["", "90"]) {
    void it(`reports that the card was removed when it answers ${String(answer.length / 2)} bytes`, async () => {
      const { readers, reader } = openWithCard();
      const connection = await readers.connect("A");
      reader.answer = Buffer.from(answer, "hex");
      await assert.rejects(connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)), withCode("CARD_REMOVED"));
    });
  }

  void it("to a card that was plugged in again is a new one, even when the old one could not be closed", async () => {
    const { readers, reader } = openWithCard();
    const connection = await readers.connect("A");
    reader.failures = ["SCardDisconnect error: Invalid handle.(0x80100003)"];
    await connection.disconnect();
    await readers.connect("A");
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1"]);
  });
});
