import type { CardReaders } from "../../piv/cardConnection";
import type { PivApplication } from "../../piv/pivApplication";
import { letGo, YubiKeySearch } from "./yubikeySearch";

/** A YubiKey to which nothing else talks at the moment. */
export interface YubiKeyAtHand {
  readonly piv: PivApplication;
  /** Undefined for a device that does not report it. */
  readonly serial: number | undefined;
}

/**
 * The YubiKeys of one process. Each use takes a turn: alone in this process, because the engine runs many operations at
 * once, and alone on the machine, because the connection is exclusive.
 */
export class YubiKeyCards {
  readonly #openReaders: () => Promise<CardReaders>;
  readonly #search = new YubiKeySearch();
  #readers: Promise<CardReaders> | undefined;
  /** Settles when the last turn that was asked for has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(openReaders: () => Promise<CardReaders>) {
    this.#openReaders = openReaders;
  }

  /**
   * Waits for a turn at a YubiKey and uses it.
   *
   * @param serial as printed on the device. Default the only one that is plugged in
   * @throws PkiError `CARD_NOT_FOUND`, `CARD_AMBIGUOUS`, `CARD_BUSY` if another program does not release it,
   * `PCSC_UNAVAILABLE`, `BACKEND_NOT_INSTALLED`, and any error of the use
   */
  turn<T>(serial: number | undefined, use: (card: YubiKeyAtHand) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#use(serial, use));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Releases the readers after all turns have ended. */
  async close(): Promise<void> {
    await this.#last;
    const readers = this.#readers;
    this.#readers = undefined;
    (await readers?.catch(() => undefined))?.close();
  }

  async #use<T>(serial: number | undefined, use: (card: YubiKeyAtHand) => Promise<T>): Promise<T> {
    this.#readers ??= this.#openReaders();
    let readers: CardReaders;
    try {
      readers = await this.#readers;
    } catch (error) {
      this.#readers = undefined; // the next turn tries again
      throw error;
    }
    const card = await this.#search.find(readers, serial);
    try {
      return await use(card);
    } finally {
      await letGo(card);
    }
  }
}
