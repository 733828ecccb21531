import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { PcscClient, PcscReader } from "../../provider/piv/pcscPackage";
import { type PcscOptions, PcscReaders } from "../../provider/piv/pcscReaders";
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
    setImmediate(() => {
      callback(failure === undefined ? null : new Error(failure));
    });
  }
}

class FakeClient extends EventEmitter implements PcscClient {
  closed = 0;

  close(): void {
    this.closed += 1;
    this.emit("error", new Error("SCardGetStatusChange error: Command cancelled.(0x80100002)"));
  }

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

/** Readers over a client of the test, whose waiting takes no time. */
function open(options: { busyLimit?: number; asleep?: () => void } = {}): {
  readers: PcscReaders;
  clients: FakeClient[];
  client: FakeClient;
} {
  const clients: FakeClient[] = [];
  const sleep = (): Promise<void> => {
    options.asleep?.();
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  const patience: PcscOptions = {
    busy: { limit: options.busyLimit ?? 1_000, sleep },
    first: { limit: 1_000, sleep },
  };
  const readers = new PcscReaders(() => {
    const client = new FakeClient();
    clients.push(client);
    return client;
  }, patience);
  const [client] = clients;
  assert.ok(client);
  return { readers, clients, client };
}

void describe("The readers", () => {
  void it("are listed that hold a card", async () => {
    const { readers, client } = open();
    client.add("A", EMPTY);
    client.add("B", PRESENT);
    client.add("C", PRESENT | 0x180);
    assert.deepEqual(await readers.list(), ["B", "C"]);
  });

  void it("are listed when each of them has told whether it holds a card", async () => {
    const opened: { late?: FakeReader } = {};
    const { readers, client } = open({ asleep: () => opened.late?.emit("status", { state: PRESENT }) });
    client.add("A", PRESENT);
    opened.late = client.add("B");
    assert.deepEqual(await readers.list(), ["A", "B"]);
  });

  void it("are waited for after they were opened", async () => {
    let slept = 0;
    const opened: { client?: FakeClient } = {};
    const { readers, client } = open({
      asleep: () => {
        slept += 1;
        if (slept === 3) {
          opened.client?.add("A", PRESENT);
        }
      },
    });
    opened.client = client;
    assert.deepEqual(await readers.list(), ["A"]);
    assert.equal(slept, 3);
  });

  void it("are none when none has a card, after a while", async () => {
    let slept = 0;
    const { readers, client } = open({ asleep: () => (slept += 1) });
    client.add("A", EMPTY);
    assert.deepEqual(await readers.list(), []);
    assert.ok(slept > 3);
  });

  void it("are followed when cards and readers come and go", async () => {
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

  void it("are not had where there is no service", () => {
    assert.throws(
      () =>
        new PcscReaders(() => {
          throw new Error(NO_SERVICE);
        }),
      withCode("PCSC_UNAVAILABLE", /opening the smart card readers failed: no service \(PC\/SC 0x8010001d\)/),
    );
  });

  void it("are looked for again when the service has stopped and started", async () => {
    const { readers, clients, client } = open();
    const reader = client.add("A", PRESENT);
    client.emit("error", new Error("SCardGetStatusChange error: Service not available.(0x8010001d)"));
    const listing = readers.list();
    assert.equal(clients.length, 2);
    assert.deepEqual([client.closed, reader.closed], [1, 1]);
    clients[1]?.add("B", PRESENT);
    assert.deepEqual(await listing, ["B"]);
  });

  void it("are not had when the service stops while they are listed and does not start again", async () => {
    const clients: FakeClient[] = [];
    const readers = new PcscReaders(
      () => {
        if (clients.length > 0) {
          throw new Error(NO_SERVICE);
        }
        const client = new FakeClient();
        clients.push(client);
        return client;
      },
      {
        first: {
          limit: 1_000,
          sleep: () => Promise.resolve(clients[0]?.emit("error", new Error("SCardListReaders error: x(0x8010001d)"))),
        },
      },
    );
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE"));
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE"));
  });

  void it("are closed with their client, whose last error is no error", () => {
    const { readers, client } = open();
    const reader = client.add("A", PRESENT);
    readers.close();
    readers.close();
    assert.deepEqual([client.closed, reader.closed], [1, 1]);
  });
});

void describe("A connection", () => {
  void it("is exclusive, speaks the protocol that was agreed on and resets the card at its end", async () => {
    const { readers, client } = open();
    const reader = client.add("A", PRESENT);
    const connection = await readers.connect("A");
    reader.answer = Buffer.from("00ae17cb9000", "hex");
    assert.equal(
      Buffer.from(await connection.transmit(Buffer.from("00f8000000", "hex"))).toString("hex"),
      "00ae17cb9000",
    );
    await connection.disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "transmit 00f8000000 258 2", "disconnect 1"]);
  });

  void it("waits for a card that another program uses", async () => {
    let slept = 0;
    const { readers, client } = open({ asleep: () => (slept += 1) });
    const reader = client.add("A", PRESENT);
    reader.failures = [SHARING, SHARING, "SCardConnect error: Card was reset.(0x80100068)"];
    await readers.connect("A");
    assert.equal(reader.calls.length, 4);
    assert.equal(slept, 3);
  });

  void it("does not wait for ever", async () => {
    const { readers, client } = open({ busyLimit: 100 });
    client.add("A", PRESENT).failures = Array<string>(20).fill(SHARING);
    await assert.rejects(
      readers.connect("A"),
      withCode(
        "CARD_BUSY",
        /connecting to the card in "A" failed: sharing violation \(PC\/SC 0x8010000b\)\. End the program/,
      ),
    );
  });

  void it("waits for a connection of this process to the same card, too", async () => {
    const { readers, client } = open({ busyLimit: 0 });
    const reader = client.add("A", PRESENT);
    const first = await readers.connect("A");
    await assert.rejects(readers.connect("A"), withCode("CARD_BUSY"));
    assert.deepEqual(reader.calls, ["connect 1"]);
    await first.disconnect();
    await (await readers.connect("A")).disconnect();
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1", "disconnect 1"]);
  });

  void it("to another card is free meanwhile", async () => {
    const { readers, client } = open({ busyLimit: 0 });
    client.add("A", PRESENT);
    client.add("B", PRESENT);
    await Promise.all([readers.connect("A"), readers.connect("B")]);
  });

  for (const { what, failure, code } of [
    { what: "an empty reader", failure: NO_CARD, code: "CARD_NOT_FOUND" },
    { what: "a service that has stopped", failure: NO_SERVICE, code: "PCSC_UNAVAILABLE" },
    { what: "a card that is mute", failure: "SCardConnect error: x.(0x80100066)", code: "CARD_UNSUPPORTED" },
    { what: "what is forbidden", failure: "SCardConnect error: x.(0x8010006a)", code: "PERMISSION_DENIED" },
  ] as const) {
    void it(`is refused at once to ${what}`, async () => {
      const { readers, client } = open();
      const reader = client.add("A", PRESENT);
      reader.failures = [failure];
      await assert.rejects(readers.connect("A"), withCode(code, /connecting to the card in "A" failed/));
      assert.equal(reader.calls.length, 1);
      await readers.connect("A");
    });
  }

  void it("is refused to a reader that is gone", async () => {
    const { readers } = open();
    await assert.rejects(readers.connect("A"), withCode("CARD_NOT_FOUND", /no reader "A" any more/));
  });

  void it("tells that the card was removed", async () => {
    const { readers, client } = open();
    const reader = client.add("A", PRESENT);
    const connection = await readers.connect("A");
    reader.failures = [REMOVED];
    await assert.rejects(
      connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)),
      withCode("CARD_REMOVED", /talking to the YubiKey failed: the card was removed/),
    );
  });

  for (const answer of ["", "90"]) {
    void it(`tells that the card was removed when it answers ${String(answer.length / 2)} octets`, async () => {
      const { readers, client } = open();
      const reader = client.add("A", PRESENT);
      const connection = await readers.connect("A");
      reader.answer = Buffer.from(answer, "hex");
      await assert.rejects(connection.transmit(Buffer.of(0, 0xf8, 0, 0, 0)), withCode("CARD_REMOVED"));
    });
  }

  void it("to a card that was plugged in again is a new one, also when the old one could not be ended", async () => {
    const { readers, client } = open();
    const reader = client.add("A", PRESENT);
    const connection = await readers.connect("A");
    reader.failures = ["SCardDisconnect error: Invalid handle.(0x80100003)"];
    await connection.disconnect();
    await readers.connect("A");
    assert.deepEqual(reader.calls, ["connect 1", "disconnect 1", "connect 1"]);
  });
});
