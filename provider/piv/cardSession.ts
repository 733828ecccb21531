import type { PkiError } from "../errors";
import { type Answer, type Command, exchange } from "./apdu";
import type { CardConnection } from "./cardConnection";
import type { Slot } from "./slots";
import { placeOf, type Purpose, statusError } from "./statusWords";

/** The purpose of a command, for the error when it fails. */
export interface Task {
  readonly purpose: Purpose;
  /** For example "signing" or "generating a key". */
  readonly action: string;
  readonly slot?: Slot;
}

/** A session with the PIV application of one card. It knows the card's serial number and firmware. */
export class CardSession {
  /** Undefined until it is read, and where the firmware does not report it. */
  serial: number | undefined;
  /** For example `5.2.4`; `0` until it is read. */
  firmware = "0";
  readonly #connection: CardConnection;
  #last: { readonly command: Command; readonly status: number } | undefined;

  constructor(connection: CardConnection) {
    this.#connection = connection;
  }

  /** The last command and its status word. */
  get last(): { readonly command: Command; readonly status: number } | undefined {
    return this.#last;
  }

  /** Sends a command and returns the answer, whatever its status. */
  async ask(command: Command): Promise<Answer> {
    this.#last = undefined;
    const answer = await exchange(this.#connection, command);
    this.#last = { command, status: answer.status };
    return answer;
  }

  /**
   * Sends a command.
   *
   * @throws PkiError unless the status is 9000
   */
  async demand(command: Command, task: Task): Promise<Buffer> {
    const { status, data } = await this.ask(command);
    if (status !== 0x9000) {
      throw this.refusal(status, task);
    }
    return data;
  }

  /** The error for a status word. */
  refusal(status: number, task: Task): PkiError {
    return statusError(status, { ...task, serial: this.serial, firmware: this.firmware });
  }

  /** " in slot 9c of the YubiKey 123", for an error. */
  place(slot?: Slot): string {
    return placeOf({ slot, serial: this.serial });
  }

  /** The name of data that was read from the card, for an error. */
  nameOf(what: string, slot?: Slot): string {
    return `${what}${this.place(slot)}`;
  }
}
