import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { PcscClient, PcscReader } from "../../provider/piv/pcscPackage";
import { PcscReaders } from "../../provider/piv/pcscReaders";
import { withCode } from "../fixtures/withCode";

const PRESENT = 0x20;
const EMPTY = 0x10;

/** A reader of the package as it behaves: it remembers that it is connected, and then connects to nothing again. */
class FakeReader extends EventEmitter implements PcscReader {
  connected = false;
  closed = 0;
  readonly calls: string[] = [];
  /** What the next calls fail with, in turn; undefined for success. */
  failures: (string | undefined)[] = [];
  answer = Buffer.from("9000", "hex");
  /** What it waits for before it answers. */
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

  close(): void {
    this.closed += 1;
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

/** A client of the package, which finds its readers a moment after it was made. */
class FakeClient extends EventEmitter implements PcscClient {
  closed = 0;

  /** @param start what it does when it starts: it emits its readers */
  constructor(start: (client: FakeClient) => void) {
    super();
    process.nextTick(() => {
      start(this);
    });
  }

  close(): void {
    this.closed += 1;
    this.emit("error", new Error("SCardGetStatusChange error: Command cancelled.(0x80100002)"));
  }

  /** A reader that tells its state; none when it does not tell it yet. */
  show(reader: FakeReader, state?: number): void {
    this.emit("reader", reader);
    if (state !== undefined) {
      reader.emit("status", { state });
    }
  }
}

const NO_SERVICE = "SCardEstablishContext error: Service not available.(0x8010001d)";
const SHARING = "SCardConnect error: Sharing violation.(0x8010000b)";
const REMOVED = "SCardTransmit error: Card was removed.(0x80100069)";
const NO_CARD = "SCardConnect error: No smart card inserted.(0x8010000c)";

/** How the waiting of a test goes. */
interface Waiting {
  readonly busyLimit?: number;
  /** Whether the limit has passed already for what PC/SC does not answer. */
  readonly isLate?: boolean;
  /** Is told of each pause. */
  readonly asleep?: (times: number) => void;
}

/** Readers over clients of the test, each of which does the same when it starts; their waiting takes no time. */
function open(
  start: (client: FakeClient) => void,
  { busyLimit = 1_000, isLate = false, asleep }: Waiting = {},
): { readers: PcscReaders; clients: FakeClient[] } {
  const clients: FakeClient[] = [];
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
  const readers = new PcscReaders(
    () => {
      assert.ok(
        clients.every(({ closed }) => closed === 1),
        "two clients at once",
      );
      const client = new FakeClient(start);
      clients.push(client);
      return client;
    },
    { busy: { limit: busyLimit, sleep }, first: { limit: 1_000, sleep } },
  );
  return { readers, clients };
}

/** Readers with one that holds a card, listed. */
async function openWithCard(options?: Waiting): Promise<{
  readers: PcscReaders;
  reader: FakeReader;
}> {
  const reader = new FakeReader("A");
  const { readers } = open((client) => {
    client.show(reader, PRESENT);
  }, options);
  assert.deepEqual(await readers.list(), ["A"]);
  return { readers, reader };
}

void describe("The readers", () => {
  void it("are listed that hold a card", async () => {
    const { readers } = open((client) => {
      client.show(new FakeReader("A"), EMPTY);
      client.show(new FakeReader("B"), PRESENT);
      client.show(new FakeReader("C"), PRESENT | 0x180);
    });
    assert.deepEqual(await readers.list(), ["B", "C"]);
  });

  void it("are listed when each of them has told whether it holds a card", async () => {
    const late = new FakeReader("B");
    const { readers } = open(
      (client) => {
        client.show(new FakeReader("A"), PRESENT);
        client.show(late);
      },
      { asleep: (times) => times === 3 && late.emit("status", { state: PRESENT }) },
    );
    assert.deepEqual(await readers.list(), ["A", "B"]);
  });

  void it("are waited for", async () => {
    let slept = 0;
    const { readers, clients } = open(() => undefined, {
      asleep: (times) => {
        slept = times;
        if (times === 3) {
          clients[0]?.show(new FakeReader("A"), PRESENT);
        }
      },
    });
    assert.deepEqual(await readers.list(), ["A"]);
    assert.equal(slept, 3);
  });

  void it("are none when none has a card, after a while", async () => {
    let slept = 0;
    const { readers } = open(
      (client) => {
        client.show(new FakeReader("A"), EMPTY);
      },
      { asleep: (times) => (slept = times) },
    );
    assert.deepEqual(await readers.list(), []);
    assert.ok(slept > 5);
  });

  for (const event of ["end", "error"]) {
    void it(`are without one that ended by ${event} meanwhile`, async () => {
      const gone = new FakeReader("A");
      const { readers } = open((client) => {
        client.show(gone, PRESENT);
        gone.emit(event, new Error("SCardGetStatusChange error: x.(0x80100017)"));
        client.show(new FakeReader("B"), PRESENT);
      });
      assert.deepEqual(await readers.list(), ["B"]);
    });
  }

  void it("are watched no longer than it takes to list them", async () => {
    const shown: FakeReader[] = [];
    const { readers, clients } = open((client) => {
      for (const [name, state] of [
        ["A", PRESENT],
        ["B", EMPTY],
      ] as const) {
        const reader = new FakeReader(name);
        shown.push(reader);
        client.show(reader, state);
      }
    });
    assert.deepEqual(await readers.list(), ["A"]);
    assert.deepEqual([shown.map(({ closed }) => closed), clients.map(({ closed }) => closed)], [[1, 1], [1]]);
  });

  void it("are listed by one client at a time in a process", async () => {
    const reader = new FakeReader("A");
    const { readers, clients } = open((client) => {
      client.show(reader, PRESENT);
    });
    assert.deepEqual(await Promise.all([readers.list(), readers.list(), readers.list()]), [["A"], ["A"], ["A"]]);
    assert.equal(clients.length, 3);
  });

  void it("are not had where there is no service, and are when it runs again", async () => {
    const clients: FakeClient[] = [];
    let isRunning = false;
    const readers = new PcscReaders(() => {
      if (!isRunning) {
        throw new Error(NO_SERVICE);
      }
      const client = new FakeClient((started) => {
        started.show(new FakeReader("A"), PRESENT);
      });
      clients.push(client);
      return client;
    });
    await assert.rejects(
      readers.list(),
      withCode("PCSC_UNAVAILABLE", /looking for smart card readers failed: no service \(PC\/SC 0x8010001d\)/),
    );
    isRunning = true;
    assert.deepEqual(await readers.list(), ["A"]);
  });

  void it("are not had when the service stops while they are listed", async () => {
    const reader = new FakeReader("A");
    const { readers, clients } = open((client) => {
      client.show(reader);
      client.emit("error", new Error("SCardGetStatusChange error: x.(0x8010001d)"));
    });
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE"));
    assert.deepEqual([reader.closed, clients[0]?.closed], [1, 1]);
  });
});

void describe("A connection", () => {
  void it("is exclusive, speaks the protocol that was agreed on and resets the card at its end", async () => {
    const { readers, reader } = await openWithCard();
    const connection = await readers.connect("A");
    reader.answer = Buffer.from("00ae17cb9000", "hex");
    assert.equal(
      Buffer.from(await connection.transmit(Buffer.from("00f8000000", "hex"))).toString("hex"),
      "00ae17cb9000",
    );
    await connection.disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "transmit 00f8000000 258 2", "disconnect 1"]);
  });

  void it("may be answered by a status word alone", async () => {
    const { readers } = await openWithCard();
    const answer = await (await readers.connect("A")).transmit(Buffer.of(0, 0x20, 0, 0x80, 0));
    assert.equal(Buffer.from(answer).toString("hex"), "9000");
  });

  void it("is made by the reader that was listed first, since each holds a place in the service", async () => {
    const shown: FakeReader[] = [];
    const { readers } = open((client) => {
      const reader = new FakeReader("A");
      shown.push(reader);
      client.show(reader, PRESENT);
    });
    for (let turn = 0; turn < 3; turn += 1) {
      await readers.list();
      await (await readers.connect("A")).disconnect();
    }
    assert.deepEqual(
      shown.map(({ calls }) => calls.length),
      [6, 0, 0],
    );
  });

  void it("waits for a card that another program uses", async () => {
    let slept = 0;
    const { readers, reader } = await openWithCard({ asleep: () => (slept += 1) });
    reader.failures = [SHARING, SHARING, "SCardConnect error: Card was reset.(0x80100068)"];
    slept = 0;
    await readers.connect("A");
    assert.equal(reader.calls.length, 4);
    assert.equal(slept, 3);
  });

  void it("does not wait for ever", async () => {
    const { readers, reader } = await openWithCard({ busyLimit: 100 });
    reader.failures = Array<string>(20).fill(SHARING);
    await assert.rejects(
      readers.connect("A"),
      withCode(
        "CARD_BUSY",
        /connecting to the card in "A" failed: sharing violation \(PC\/SC 0x8010000b\)\. End the program/,
      ),
    );
  });

  void it("does not wait for PC/SC's answer for ever, and ends when that comes too late", async () => {
    const { readers, reader } = await openWithCard({ isLate: true });
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

  void it("waits for a connection of this process to the same card, too", async () => {
    const { readers, reader } = await openWithCard({ busyLimit: 0 });
    const first = await readers.connect("A");
    await assert.rejects(readers.connect("A"), withCode("CARD_BUSY"));
    assert.deepEqual(reader.calls, ["connect 1"]);
    await first.disconnect();
    await (await readers.connect("A")).disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1", "disconnect 1"]);
  });

  void it("to another card is free meanwhile", async () => {
    const { readers } = open(
      (client) => {
        client.show(new FakeReader("A"), PRESENT);
        client.show(new FakeReader("B"), PRESENT);
      },
      { busyLimit: 0 },
    );
    await readers.list();
    await Promise.all([readers.connect("A"), readers.connect("B")]);
  });

  for (const { what, failure, code } of [
    { what: "an empty reader", failure: NO_CARD, code: "CARD_NOT_FOUND" },
    { what: "a service that has stopped", failure: NO_SERVICE, code: "PCSC_UNAVAILABLE" },
    { what: "a card that is mute", failure: "SCardConnect error: x.(0x80100066)", code: "CARD_UNSUPPORTED" },
    { what: "what is forbidden", failure: "SCardConnect error: x.(0x8010006a)", code: "PERMISSION_DENIED" },
  ] as const) {
    void it(`is refused at once to ${what}, which is then looked for anew`, async () => {
      const shown: FakeReader[] = [];
      const { readers } = open((client) => {
        const reader = new FakeReader("A");
        reader.failures = shown.length === 0 ? [failure] : [];
        shown.push(reader);
        client.show(reader, PRESENT);
      });
      await readers.list();
      await assert.rejects(readers.connect("A"), withCode(code, /connecting to the card in "A" failed/));
      await assert.rejects(readers.connect("A"), withCode("CARD_NOT_FOUND", /there is no reader "A"/));
      await readers.list();
      await readers.connect("A");
      assert.deepEqual(
        shown.map(({ calls }) => calls.length),
        [1, 1],
      );
    });
  }

  void it("is refused to a reader that was not listed, or before the readers were closed", async () => {
    const { readers } = await openWithCard();
    await assert.rejects(readers.connect("B"), withCode("CARD_NOT_FOUND", /no reader "B"/));
    readers.close();
    await assert.rejects(readers.connect("A"), withCode("CARD_NOT_FOUND", /no reader "A"/));
  });

  void it("tells that the card was removed", async () => {
    const { readers, reader } = await openWithCard();
    const connection = await readers.connect("A");
    reader.failures = [REMOVED];
    await assert.rejects(
      connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)),
      withCode("CARD_REMOVED", /talking to the YubiKey failed: the card was removed/),
    );
  });

  for (const answer of ["", "90"]) {
    void it(`tells that the card was removed when it answers ${String(answer.length / 2)} octets`, async () => {
      const { readers, reader } = await openWithCard();
      const connection = await readers.connect("A");
      reader.answer = Buffer.from(answer, "hex");
      await assert.rejects(connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)), withCode("CARD_REMOVED"));
    });
  }

  void it("to a card that was plugged in again is a new one, also when the old one could not be ended", async () => {
    const { readers, reader } = await openWithCard();
    const connection = await readers.connect("A");
    reader.failures = ["SCardDisconnect error: Invalid handle.(0x80100003)"];
    await connection.disconnect();
    await readers.connect("A");
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1"]);
  });
});
