import { PkiError } from "../errors";
import type { CardConnection, CardReaders } from "./cardConnection";
import { patiently, type Patience } from "./patience";
import { PcscConnection, settle } from "./pcscConnection";
import { pcscCode, pcscError, returnCodeError, SHARING_VIOLATION } from "./pcscErrors";
import { type PcscClient, type PcscReader, SHARE_EXCLUSIVE, STATE_PRESENT } from "./pcscPackage";

/** How long is waited, for tests. */
export interface PcscOptions {
  /** For a card that another program uses. Default 10 seconds. */
  readonly busy?: Patience;
  /** For the first card, after the readers were opened. Default 1 second. */
  readonly first?: Patience;
}

interface Known {
  readonly reader: PcscReader;
  /** PC/SC's state; undefined until it was told. */
  state?: number;
  /** Whether a connection of ours is open. */
  isTaken: boolean;
}

/** The readers of a client of PC/SC. A service that has stopped is looked for again. */
export class PcscReaders implements CardReaders {
  readonly #open: () => PcscClient;
  readonly #options: PcscOptions;
  readonly #known = new Map<string, Known>();
  #client: PcscClient | undefined;
  #failure: unknown;

  /**
   * @param open makes a client; it throws when there is no service
   * @throws PkiError `PCSC_UNAVAILABLE`
   */
  constructor(open: () => PcscClient, options: PcscOptions = {}) {
    this.#open = open;
    this.#options = options;
    this.#reopen();
  }

  async list(): Promise<string[]> {
    this.#requireService();
    await patiently(() => this.#isSettled() || undefined, this.#options.first ?? { limit: 1_000 });
    this.#requireService();
    return [...this.#known].filter(([, known]) => holdsCard(known)).map(([name]) => name);
  }

  async connect(name: string): Promise<CardConnection> {
    this.#requireService();
    const what = `connecting to the card in "${name}"`;
    let refusal: unknown;
    const connection = await patiently(
      async () => {
        try {
          return await this.#connect(name);
        } catch (error) {
          refusal = error;
          if (pcscCode(error, "connect") === "CARD_BUSY") {
            return undefined;
          }
          throw error instanceof PkiError ? error : pcscError(error, "connect", what);
        }
      },
      this.#options.busy ?? { limit: 10_000 },
    );
    if (connection === undefined) {
      throw pcscError(refusal, "connect", what);
    }
    return connection;
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    for (const { reader } of this.#known.values()) {
      reader.close();
    }
    this.#known.clear();
    client?.close();
  }

  async #connect(name: string): Promise<CardConnection> {
    const known = this.#known.get(name);
    if (known === undefined) {
      throw new PkiError(
        "CARD_NOT_FOUND",
        `there is no reader "${name}" any more`,
        "Plug the YubiKey in and run again",
      );
    }
    if (known.isTaken) {
      throw returnCodeError(SHARING_VIOLATION);
    }
    known.isTaken = true;
    try {
      const protocol = await new Promise<number>((resolve, reject) => {
        known.reader.connect({ share_mode: SHARE_EXCLUSIVE }, settle(resolve, reject));
      });
      return new PcscConnection(known.reader, protocol, () => {
        known.isTaken = false;
      });
    } catch (error) {
      known.isTaken = false;
      throw error;
    }
  }

  /** Whether every reader that is known has told its state, and one of them holds a card. */
  #isSettled(): boolean {
    const all = [...this.#known.values()];
    return this.#failure !== undefined || (all.every(({ state }) => state !== undefined) && all.some(holdsCard));
  }

  #requireService(): void {
    if (this.#client === undefined || this.#failure !== undefined) {
      this.#reopen();
    }
  }

  #reopen(): void {
    this.close();
    this.#failure = undefined;
    let client: PcscClient;
    try {
      client = this.#open();
    } catch (error) {
      throw error instanceof PkiError ? error : pcscError(error, "open", "opening the smart card readers");
    }
    this.#client = client;
    client.on("error", (error) => {
      // A client that was closed ends with an error, too.
      if (this.#client === client) {
        this.#failure = error;
      }
    });
    client.on("reader", (reader: PcscReader) => {
      this.#add(reader);
    });
  }

  #add(reader: PcscReader): void {
    const known: Known = { reader, isTaken: false };
    this.#known.set(reader.name, known);
    reader.on("status", ({ state }: { state: number }) => {
      known.state = state;
    });
    const forget = (): void => {
      if (this.#known.get(reader.name) === known) {
        this.#known.delete(reader.name);
      }
    };
    reader.on("end", forget);
    // What is wrong with it shows when it is used.
    reader.on("error", forget);
  }
}

function holdsCard({ state = 0 }: Known): boolean {
  return (state & STATE_PRESENT) !== 0;
}
