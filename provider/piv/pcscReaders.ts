import { PkiError } from "../errors";
import type { CardConnection, CardReaders, WhenBusy } from "./cardConnection";
import { patiently, type Patience, untilLimit } from "./patience";
import { PcscConnection, settle } from "./pcscConnection";
import { pcscCode, pcscError, returnCodeError, SHARING_VIOLATION } from "./pcscErrors";
import { type PcscClient, type PcscReader, SHARE_EXCLUSIVE, STATE_PRESENT } from "./pcscPackage";

/** How long to wait. */
export interface PcscPatience {
  /** How long to wait for a card that another program uses. */
  readonly busy: Patience;
  /** How long to wait for a first card in any reader. */
  readonly first: Patience;
}

interface Known {
  readonly reader: PcscReader;
  /** PC/SC's state; undefined until the package reports it. */
  state?: number;
  /** Whether a connection of ours is open, or may soon be. */
  isTaken: boolean;
}

/**
 * The readers of a PC/SC client. They are never closed, because the package can hang in doing so on a busy machine. The
 * process ends when its work is done.
 */
export class PcscReaders implements CardReaders {
  readonly #patience: PcscPatience;
  readonly #known = new Map<string, Known>();
  #failure: unknown;

  /**
   * @param open makes a client; it throws when the service is not running
   * @throws PkiError `PCSC_UNAVAILABLE`, `PERMISSION_DENIED`
   */
  constructor(open: () => PcscClient, patience: PcscPatience) {
    this.#patience = patience;
    let client: PcscClient;
    try {
      client = open();
    } catch (error) {
      throw error instanceof PkiError ? error : pcscError(error, "open", "opening the smart card readers");
    }
    client.on("error", (error) => {
      this.#failure ??= error;
    });
    client.on("reader", (reader: PcscReader) => {
      this.#add(reader);
    });
  }

  async list(): Promise<string[]> {
    await patiently(() => (this.#isSettled() ? true : undefined), this.#patience.first);
    if (this.#failure !== undefined) {
      throw pcscError(this.#failure, "open", "looking for smart card readers");
    }
    return [...this.#known].filter(([, known]) => holdsCard(known)).map(([name]) => name);
  }

  async connect(name: string, whenBusy: WhenBusy = "wait"): Promise<CardConnection> {
    const patience = whenBusy === "wait" ? this.#patience.busy : { ...this.#patience.busy, limit: 0 };
    const connecting = this.#whenFree(name, patience);
    // During another program's transaction, PC/SC does not answer at all.
    const connection = await untilLimit(connecting, patience);
    if (connection === undefined) {
      connecting.then(
        (late) => late.disconnect(),
        () => undefined,
      );
      throw pcscError(returnCodeError(SHARING_VIOLATION), "connect", connectingTo(name));
    }
    return connection;
  }

  close(): void {
    this.#known.clear();
  }

  async #whenFree(name: string, patience: Patience): Promise<CardConnection> {
    let refusal: unknown;
    const connection = await patiently(async () => {
      try {
        return await this.#connect(name);
      } catch (error) {
        refusal = error;
        if (pcscCode(error, "connect") === "CARD_BUSY") {
          return undefined;
        }
        throw error instanceof PkiError ? error : pcscError(error, "connect", connectingTo(name));
      }
    }, patience);
    if (connection === undefined) {
      throw pcscError(refusal, "connect", connectingTo(name));
    }
    return connection;
  }

  async #connect(name: string): Promise<CardConnection> {
    const known = this.#known.get(name);
    if (known === undefined) {
      throw new PkiError("CARD_NOT_FOUND", `there is no reader "${name}"`, "Plug the YubiKey in and run again");
    }
    if (known.isTaken) {
      // The package would report that it is connected.
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

  /** Whether every reader has reported its state, and at least one holds a card. */
  #isSettled(): boolean {
    const all = [...this.#known.values()];
    return this.#failure !== undefined || (all.every(({ state }) => state !== undefined) && all.some(holdsCard));
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
    // Its error shows when the reader is used.
    reader.on("error", forget);
  }
}

function holdsCard({ state = 0 }: Known): boolean {
  return (state & STATE_PRESENT) !== 0;
}

function connectingTo(name: string): string {
  return `connecting to the card in "${name}"`;
}
