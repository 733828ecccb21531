import { messageOf, PkiError } from "../errors";
import type { WorkerReply, WorkerRequest } from "../kms/workerProcess";
import type { CardConnection } from "./cardConnection";
import type { PcscCommand, PcscLimits } from "./pcscMessages";
import { loadPackage, type PcscClient } from "./pcscPackage";
import { PcscReaders } from "./pcscReaders";

/** The work of the PC/SC process: it holds the readers and connections, and answers requests. */
export class PcscService {
  readonly #load: () => () => PcscClient;
  readonly #isOrphaned: () => boolean;
  readonly #connections = new Map<number, CardConnection>();
  #readers: PcscReaders | undefined;
  #count = 0;

  /**
   * @param isOrphaned whether the requesting process is gone; then nothing more is sent to a card
   * @param load loads the package; injected by tests
   */
  constructor(isOrphaned: () => boolean, load: () => () => PcscClient = loadPackage) {
    this.#isOrphaned = isOrphaned;
    this.#load = load;
  }

  async answer({ number, ...command }: WorkerRequest<PcscCommand>): Promise<WorkerReply> {
    try {
      return { number, value: await this.#do(command) };
    } catch (error) {
      const { code, reason, remedy } = error instanceof PkiError ? error : unexpected(error);
      return { number, error: { code, reason, remedy } };
    }
  }

  async #do(command: PcscCommand): Promise<unknown> {
    if (command.call !== "disconnect" && this.#isOrphaned()) {
      throw new Error("the requesting process is gone");
    }
    switch (command.call) {
      case "open":
        this.#readers ??= this.#open(command.limits);
        return undefined;
      case "list":
        return this.#opened().list();
      case "connect": {
        const connection = await this.#opened().connect(command.reader, command.whenBusy);
        this.#count += 1;
        this.#connections.set(this.#count, connection);
        return this.#count;
      }
      case "transmit":
        return this.#connection(command.connection).transmit(command.apdu);
      case "disconnect": {
        const connection = this.#connection(command.connection);
        this.#connections.delete(command.connection);
        return connection.disconnect();
      }
    }
  }

  #open({ busy = 10_000, first = 1_000 }: PcscLimits): PcscReaders {
    return new PcscReaders(this.#load(), { busy: { limit: busy }, first: { limit: first } });
  }

  #opened(): PcscReaders {
    if (this.#readers === undefined) {
      throw new Error("the readers are not open");
    }
    return this.#readers;
  }

  #connection(number: number): CardConnection {
    const connection = this.#connections.get(number);
    if (connection === undefined) {
      throw new Error("the connection has ended");
    }
    return connection;
  }
}

function unexpected(error: unknown): PkiError {
  return new PkiError("KMS_FAILED", `talking to PC/SC failed: ${messageOf(error)}`, "Run again");
}
