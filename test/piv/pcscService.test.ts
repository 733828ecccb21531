import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { WorkerReply } from "../../provider/kms/workerProcess";
import { PcscService } from "../../provider/piv/pcscService";

/** A reader with a card that echoes each command. */
class EchoReader extends EventEmitter {
  readonly name = "A";
  connected = false;
  readonly calls: string[] = [];

  connect(_options: object, callback: (error: unknown, protocol: number) => void): void {
    this.calls.push("connect");
    callback(null, 2);
  }

  transmit(data: Buffer, _length: number, _protocol: number, callback: (error: unknown, answer: Buffer) => void): void {
    this.calls.push("transmit");
    callback(null, data);
  }

  disconnect(_disposition: number, callback: (error: unknown) => void): void {
    this.calls.push("disconnect");
    callback(null);
  }
}

const isNoOrphan = (): boolean => false;

function serve(isOrphaned = isNoOrphan): { service: PcscService; reader: EchoReader; loaded: () => number } {
  const reader = new EchoReader();
  let loaded = 0;
  const service = new PcscService(isOrphaned, () => {
    loaded += 1;
    return () => {
      const client = new EventEmitter();
      setImmediate(() => {
        client.emit("reader", reader);
        reader.emit("status", { state: 0x20 });
      });
      return client;
    };
  });
  return { service, reader, loaded: () => loaded };
}

void describe("The service of the PC/SC process", () => {
  void it("opens the readers once, lists them, connects, transmits and disconnects", async () => {
    const { service, reader, loaded } = serve();
    assert.deepEqual(await service.answer({ number: 1, call: "open", limits: {} }), { number: 1, value: undefined });
    await service.answer({ number: 2, call: "open", limits: {} });
    assert.equal(loaded(), 1);
    assert.deepEqual(await service.answer({ number: 3, call: "list" }), { number: 3, value: ["A"] });
    const { value: connection } = (await service.answer({
      number: 4,
      call: "connect",
      reader: "A",
      whenBusy: "wait",
    })) as {
      value: number;
    };
    const apdu = Uint8Array.of(0, 0xf8, 0, 0, 0);
    const answer = await service.answer({ number: 5, call: "transmit", connection, apdu });
    assert.deepEqual(Buffer.from(answer.value as Uint8Array), Buffer.from(apdu));
    assert.deepEqual(await service.answer({ number: 6, call: "disconnect", connection }), {
      number: 6,
      value: undefined,
    });
    assert.deepEqual(reader.calls, ["connect", "transmit", "disconnect"]);
    const again = (await service.answer({ number: 7, call: "connect", reader: "A", whenBusy: "wait" })) as {
      value: number;
    };
    assert.notEqual(again.value, connection);
    const ended = await service.answer({ number: 8, call: "transmit", connection, apdu });
    assert.match(ended.error?.reason ?? "", /the connection has ended/);
  });

  void it("sends nothing more to a card when the requesting process is gone", async () => {
    let isOrphaned = false;
    const { service, reader } = serve(() => isOrphaned);
    await service.answer({ number: 1, call: "open", limits: {} });
    await service.answer({ number: 2, call: "list" });
    const { value } = await service.answer({ number: 3, call: "connect", reader: "A", whenBusy: "wait" });
    const transmit = { call: "transmit", connection: value as number, apdu: Uint8Array.of(0, 0xf8, 0, 0) } as const;
    assert.equal((await service.answer({ number: 4, ...transmit })).error, undefined);
    isOrphaned = true;
    assert.match(
      (await service.answer({ number: 5, ...transmit })).error?.reason ?? "",
      /the requesting process is gone/,
    );
    assert.deepEqual(reader.calls, ["connect", "transmit"]);
  });

  const errorOf = ({ error }: WorkerReply): string =>
    `${error?.code ?? ""}: ${error?.reason ?? ""}. ${error?.remedy ?? ""}.`;

  void it("answers with the error that occurred", async () => {
    const service = new PcscService(isNoOrphan, () => () => {
      throw new Error("SCardEstablishContext error: Service not available.(0x8010001d)");
    });
    assert.match(
      errorOf(await service.answer({ number: 1, call: "open", limits: {} })),
      /^PCSC_UNAVAILABLE: opening the smart card readers failed: no service .+ [A-Z].+\.$/,
    );
  });

  void it("answers an unexpected request with an error", async () => {
    const { service } = serve();
    assert.match(
      errorOf(await service.answer({ number: 1, call: "list" })),
      /^KMS_FAILED: .+ the readers are not open/,
    );
  });

  void it("observes the limits that it was opened with", async () => {
    const service = new PcscService(isNoOrphan, () => () => new EventEmitter());
    await service.answer({ number: 1, call: "open", limits: { first: 0 } });
    assert.deepEqual(await service.answer({ number: 2, call: "list" }), { number: 2, value: [] });
  });
});
