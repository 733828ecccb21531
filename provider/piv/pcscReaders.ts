import { PkiError } from "../errors";
import type { CardConnection, CardReaders } from "./cardConnection";
import { patiently, type Patience, untilLimit } from "./patience";
import { PcscConnection, settle } from "./pcscConnection";
import { pcscCode, pcscError, returnCodeError, SHARING_VIOLATION } from "./pcscErrors";
import { type PcscClient, type PcscReader, SHARE_EXCLUSIVE } from "./pcscPackage";
import { readersWithCards } from "./readersWithCards";

/** How long is waited. */
export interface PcscOptions {
  /** For a card that another program uses. Default 10 seconds. */
  readonly busy?: Patience;
  /** For a first card in any reader. Default 1 second. */
  readonly first?: Patience;
}

/** The readers that PC/SC tells of. */
export class PcscReaders implements CardReaders {
  readonly #open: () => PcscClient;
  readonly #options: PcscOptions;
  /** By name. Each holds a place in the PC/SC service until it is forgotten, so there is one for all connections. */
  readonly #readers = new Map<string, PcscReader>();
  /** The names of those that are connected. */
  readonly #taken = new Set<string>();

  /** @param open makes a client of the package; it throws when there is no service */
  constructor(open: () => PcscClient, options: PcscOptions = {}) {
    this.#open = open;
    this.#options = options;
  }

  async list(): Promise<string[]> {
    const found = await readersWithCards(this.#open, this.#options.first ?? { limit: 1_000 });
    for (const reader of found) {
      if (!this.#readers.has(reader.name)) {
        this.#readers.set(reader.name, reader);
      }
    }
    return found.map(({ name }) => name);
  }

  async connect(name: string): Promise<CardConnection> {
    const patience = this.#options.busy ?? { limit: 10_000 };
    const connecting = this.#whenFree(name, patience);
    // While another program is in a transaction, PC/SC does not even answer.
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
    this.#readers.clear();
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
        // The next list finds it again, if it is there, also after a restart of the service.
        this.#readers.delete(name);
        throw error instanceof PkiError ? error : pcscError(error, "connect", connectingTo(name));
      }
    }, patience);
    if (connection === undefined) {
      throw pcscError(refusal, "connect", connectingTo(name));
    }
    return connection;
  }

  async #connect(name: string): Promise<CardConnection> {
    const reader = this.#readers.get(name);
    if (reader === undefined) {
      throw new PkiError("CARD_NOT_FOUND", `there is no reader "${name}"`, "Plug the YubiKey in and run again");
    }
    if (this.#taken.has(name)) {
      // The package would answer that it is connected.
      throw returnCodeError(SHARING_VIOLATION);
    }
    this.#taken.add(name);
    try {
      const protocol = await new Promise<number>((resolve, reject) => {
        reader.connect({ share_mode: SHARE_EXCLUSIVE }, settle(resolve, reject));
      });
      return new PcscConnection(reader, protocol, () => this.#taken.delete(name));
    } catch (error) {
      this.#taken.delete(name);
      throw error;
    }
  }
}

function connectingTo(name: string): string {
  return `connecting to the card in "${name}"`;
}
