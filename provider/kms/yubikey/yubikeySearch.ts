import { PkiError } from "../../errors";
import type { CardConnection, CardReaders, WhenBusy } from "../../piv/cardConnection";
import { PivApplication } from "../../piv/pivApplication";
import { deviceName } from "./yubiKeyUri";

/** A connected YubiKey. */
export interface ConnectedYubiKey {
  readonly piv: PivApplication;
  /** Undefined for a device that does not report it. */
  readonly serial: number | undefined;
  readonly connection: CardConnection;
  /** The name of its reader. */
  readonly reader: string;
}

/**
 * Finds YubiKeys among the readers. The reader of a serial number is remembered and asked first, so the other readers are
 * left alone. Its card is asked for its number each time, because another may have been plugged in.
 */
export class YubiKeySearch {
  readonly #readerOf = new Map<number, string>();

  /**
   * Connects to a YubiKey. Waits for a card that another program holds only if no other reader has the right one.
   *
   * @param serial as printed on the device. Default the only one that is plugged in
   * @throws PkiError `CARD_NOT_FOUND`, `CARD_AMBIGUOUS`, `CARD_BUSY`, and any error of the readers
   */
  async find(readers: CardReaders, serial: number | undefined): Promise<ConnectedYubiKey> {
    const listed = await readers.list();
    const look = new Look(readers);
    let chosen: ConnectedYubiKey | undefined;
    try {
      chosen = serial === undefined ? await theOnly(look, listed) : await this.#numbered(look, listed, serial);
      return chosen;
    } finally {
      await Promise.all(look.found.filter((card) => card !== chosen).map(letGo));
    }
  }

  async #numbered(look: Look, listed: readonly string[], serial: number): Promise<ConnectedYubiKey> {
    const remembered = listed.filter((reader) => reader === this.#readerOf.get(serial));
    const others = listed.filter((reader) => !remembered.includes(reader));
    const card =
      (await look.into(remembered, "wait", serial)) ??
      (await look.into(yubicosFirst(others), "fail", serial)) ??
      (await look.into(look.takeBusy(), "wait", serial));
    if (card === undefined) {
      throw look.failure ?? notFound(serial, look.found);
    }
    this.#readerOf.set(serial, card.reader);
    return card;
  }
}

/** Releases a card. The work done counts even if the card is gone by then. */
export async function letGo({ connection }: Pick<ConnectedYubiKey, "connection">): Promise<void> {
  await connection.disconnect().catch(() => undefined);
}

/** Looks into readers, and keeps what it finds. */
class Look {
  readonly found: ConnectedYubiKey[] = [];
  readonly #readers: CardReaders;
  readonly #failures: PkiError[] = [];
  #busy: string[] = [];

  constructor(readers: CardReaders) {
    this.#readers = readers;
  }

  /** Why a card, which may be the right one, was not reached. */
  get failure(): PkiError | undefined {
    return this.#failures.find(isBusy) ?? this.#failures[0];
  }

  /** Takes the readers that were busy. */
  takeBusy(): string[] {
    return this.#busy.splice(0);
  }

  /**
   * Connects to the cards in readers, one after the other.
   *
   * @param serial the serial number to stop at, if any
   */
  async into(names: readonly string[], whenBusy: WhenBusy, serial?: number): Promise<ConnectedYubiKey | undefined> {
    for (const name of names) {
      const card = await this.#connect(name, whenBusy);
      if (card !== undefined) {
        this.found.push(card);
        if (serial !== undefined && card.serial === serial) {
          return card;
        }
      }
    }
    return undefined;
  }

  async #connect(reader: string, whenBusy: WhenBusy): Promise<ConnectedYubiKey | undefined> {
    try {
      return await connect(this.#readers, reader, whenBusy);
    } catch (error) {
      if (!(error instanceof PkiError)) {
        throw error;
      }
      if (isBusy(error) && whenBusy === "fail") {
        this.#busy.push(reader);
      } else {
        this.#failures.push(error);
      }
      return undefined;
    }
  }
}

/** Finds the only YubiKey. Looks into all readers, because any may hold a second YubiKey. */
async function theOnly(look: Look, listed: readonly string[]): Promise<ConnectedYubiKey> {
  await look.into(listed, "fail");
  if (look.found.length < 2) {
    await look.into(look.takeBusy(), "wait");
  }
  const [card, ...others] = look.found;
  if (others.length > 0) {
    throw ambiguous(look.found);
  }
  const { failure } = look;
  if (card === undefined || (failure !== undefined && isBusy(failure))) {
    throw failure ?? notFound(undefined, look.found); // a busy card may be a YubiKey too
  }
  return card;
}

/** Connects to a card; undefined if it is not a YubiKey. */
async function connect(
  readers: CardReaders,
  reader: string,
  whenBusy: WhenBusy,
): Promise<ConnectedYubiKey | undefined> {
  const connection = await readers.connect(reader, whenBusy);
  try {
    const piv = await PivApplication.select(connection);
    return { connection, piv, serial: await piv.serial(), reader };
  } catch (error) {
    await letGo({ connection });
    if (error instanceof PkiError && error.code === "CARD_UNSUPPORTED") {
      return undefined;
    }
    throw error;
  }
}

/** Sorts Yubico's readers first. Other readers may hold other cards, whose users would notice the connection. */
function yubicosFirst(readers: readonly string[]): string[] {
  const isYubicos = (reader: string): boolean => /yubi/i.test(reader);
  return [...readers.filter(isYubicos), ...readers.filter((reader) => !isYubicos(reader))];
}

function isBusy({ code }: PkiError): boolean {
  return code === "CARD_BUSY";
}

function ambiguous(found: readonly ConnectedYubiKey[]): PkiError {
  return new PkiError(
    "CARD_AMBIGUOUS",
    `${String(found.length)} YubiKeys are plugged in: ${serialsOf(found)}`,
    "Choose one by its serial number (serial), or unplug the others",
  );
}

function notFound(serial: number | undefined, found: readonly ConnectedYubiKey[]): PkiError {
  return new PkiError(
    "CARD_NOT_FOUND",
    serial === undefined
      ? "no YubiKey is plugged in"
      : `${deviceName(serial)} is not plugged in${found.length === 0 ? "" : `, only ${serialsOf(found)}`}`,
    "Plug it in and run again",
  );
}

function serialsOf(found: readonly ConnectedYubiKey[]): string {
  return found
    .map(({ serial }) => (serial === undefined ? "one without a readable serial number" : String(serial)))
    .join(", ");
}
