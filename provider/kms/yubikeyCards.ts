import { PkiError } from "../errors";
import type { CardConnection, CardReaders } from "../piv/cardConnection";
import { PivApplication } from "../piv/pivApplication";
import { deviceName } from "./yubiKeyUri";

/** A YubiKey that nobody else talks to for the moment. */
export interface YubiKeyAtHand {
  readonly piv: PivApplication;
  /** Undefined for a device that does not tell. */
  readonly serial: number | undefined;
}

interface Connected extends YubiKeyAtHand {
  readonly connection: CardConnection;
}

/**
 * The YubiKeys of one process. What is done with one is done in a turn: alone in this process, because the engine runs
 * eight operations at once, and alone on the machine, because the connection is exclusive.
 */
export class YubiKeyCards {
  readonly #openReaders: () => Promise<CardReaders>;
  #readers: Promise<CardReaders> | undefined;
  /** Settles when the last turn that was asked for has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(openReaders: () => Promise<CardReaders>) {
    this.#openReaders = openReaders;
  }

  /**
   * Waits for a turn at a YubiKey, and uses it.
   *
   * @param serial as printed on the device; the only one that is plugged in without it
   * @throws PkiError `CARD_NOT_FOUND`, `CARD_AMBIGUOUS`, `CARD_BUSY` when another program does not let go of it,
   * `PCSC_UNAVAILABLE`, `BACKEND_NOT_INSTALLED`, and what the use throws
   */
  turn<T>(serial: number | undefined, use: (card: YubiKeyAtHand) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#use(serial, use));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Lets go of the readers, once all turns have ended. */
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
    const { connection, ...card } = await find(readers, serial);
    try {
      return await use(card);
    } finally {
      await letGo(connection);
    }
  }
}

async function find(readers: CardReaders, serial: number | undefined): Promise<Connected> {
  const found: Connected[] = [];
  const failures: PkiError[] = [];
  try {
    for (const reader of await readers.list()) {
      const card = await connect(readers, reader).catch((error: unknown) => {
        if (!(error instanceof PkiError)) {
          throw error;
        }
        failures.push(error); // another card may be the one that is wanted
        return undefined;
      });
      if (card !== undefined) {
        found.push(card);
        if (serial !== undefined && card.serial === serial) {
          break;
        }
      }
    }
    const wanted = serial === undefined ? found : found.filter((card) => card.serial === serial);
    const [card, ...others] = wanted;
    if (others.length > 0) {
      throw ambiguous(found);
    }
    const busy = failures.find(({ code }) => code === "CARD_BUSY");
    if (card === undefined) {
      throw busy ?? failures[0] ?? notFound(serial, found);
    }
    if (serial === undefined && busy !== undefined) {
      throw busy; // it may be a YubiKey, too
    }
    found.splice(found.indexOf(card), 1);
    return card;
  } finally {
    await Promise.all(found.map(({ connection }) => letGo(connection)));
  }
}

/** What was done counts, also when the card is gone in the end. */
async function letGo(connection: CardConnection): Promise<void> {
  await connection.disconnect().catch(() => undefined);
}

/** Undefined for a card that is no YubiKey. */
async function connect(readers: CardReaders, reader: string): Promise<Connected | undefined> {
  const connection = await readers.connect(reader);
  try {
    const piv = await PivApplication.select(connection);
    return { connection, piv, serial: await piv.serial() };
  } catch (error) {
    await letGo(connection);
    if (error instanceof PkiError && error.code === "CARD_UNSUPPORTED") {
      return undefined;
    }
    throw error;
  }
}

function ambiguous(found: readonly Connected[]): PkiError {
  return new PkiError(
    "CARD_AMBIGUOUS",
    `${String(found.length)} YubiKeys are plugged in: ${serialsOf(found)}`,
    "Say which one by its serial number (kms-pki:serial), or unplug the others",
  );
}

function notFound(serial: number | undefined, found: readonly Connected[]): PkiError {
  return new PkiError(
    "CARD_NOT_FOUND",
    serial === undefined
      ? "no YubiKey is plugged in"
      : `${deviceName(serial)} is not plugged in${found.length === 0 ? "" : `, only ${serialsOf(found)}`}`,
    "Plug it in and run again",
  );
}

function serialsOf(found: readonly Connected[]): string {
  return found
    .map(({ serial }) => (serial === undefined ? "one that does not tell its number" : String(serial)))
    .join(", ");
}
