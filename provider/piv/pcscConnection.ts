import type { CardConnection } from "./cardConnection";
import { pcscError, REMOVED_CARD, returnCodeError } from "./pcscErrors";
import { type PcscReader, RESET_CARD } from "./pcscPackage";

/** The longest answer of a card to a short APDU, with its status word (ISO/IEC 7816-4, 5.1). */
const LONGEST_ANSWER = 258;

const WHAT = "talking to the YubiKey";

/** A connection over PC/SC. */
export class PcscConnection implements CardConnection {
  readonly #reader: PcscReader;
  readonly #protocol: number;
  readonly #ended: () => void;

  /**
   * @param protocol PC/SC's number of the protocol, which the reader reported on connecting
   * @param ended called when the reader is free again
   */
  constructor(reader: PcscReader, protocol: number, ended: () => void) {
    this.#reader = reader;
    this.#protocol = protocol;
    this.#ended = ended;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    let answer: Buffer;
    try {
      answer = await new Promise((resolve, reject) => {
        this.#reader.transmit(Buffer.from(apdu), LONGEST_ANSWER, this.#protocol, settle(resolve, reject));
      });
    } catch (cause) {
      throw pcscError(cause, "transmit", WHAT);
    }
    if (answer.length < 2) {
      // Some drivers report success when the card is pulled in the middle of a command.
      throw pcscError(returnCodeError(REMOVED_CARD), "transmit", WHAT);
    }
    return answer;
  }

  async disconnect(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#reader.disconnect(RESET_CARD, settle(resolve, reject));
      });
    } catch {
      // The card or the service is gone and has forgotten the connection. The package has not, and would not connect again.
      this.#reader.connected = false;
    } finally {
      this.#ended();
    }
  }
}

/**
 * A callback for the package that settles a promise. It does so in a separate turn of the event loop, because the
 * package may hold a lock of the reader during the callback.
 */
export function settle<T>(
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): (error: unknown, value: T) => void {
  return (error, value) => {
    setImmediate(() => {
      if (error === undefined || error === null) {
        resolve(value);
      } else {
        reject(error);
      }
    });
  };
}
