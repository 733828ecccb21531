import { PkiError } from "../errors";

/** The factory PIN of a YubiKey. Runs warn about it and never try it. */
export const DEFAULT_PIN = "123456";

/** The length in octets of a PIN for VERIFY. */
const LENGTH = 8;

/**
 * Checks the form of a PIN: 6 to 8 characters of ASCII. NIST allows only digits (SP 800-73-4 part 2, 2.4.3). A YubiKey
 * allows any octet except FF, which is the padding.
 *
 * @throws PkiError `INPUT_INVALID`, without the PIN
 */
export function checkPin(pin: string): void {
  if (!/^[\x20-\x7e]{6,8}$/.test(pin)) {
    throw new PkiError("INPUT_INVALID", "the PIN must have 6 to 8 ASCII characters", "Give the PIV PIN of the YubiKey");
  }
}

/**
 * The octets of a PIN for VERIFY, padded with FF (SP 800-73-4 part 2, 2.4.3).
 *
 * @throws PkiError `INPUT_INVALID`, without the PIN
 */
export function encodePin(pin: string): Buffer {
  checkPin(pin);
  const padded = Buffer.alloc(LENGTH, 0xff);
  padded.write(pin, "ascii");
  return padded;
}

/** The error `PIN_REJECTED`: the card refused a PIN. */
export class PinRejected extends PkiError {
  readonly #triesLeft: number | undefined;

  /**
   * @param what the failed operation, without a period
   * @param triesLeft how many more tries the card allows; undefined if it does not say
   */
  constructor(what: string, triesLeft: number | undefined) {
    super("PIN_REJECTED", `${what}: the PIN is wrong, ${tries(triesLeft)}`, "Give the PIV PIN of this YubiKey");
    this.#triesLeft = triesLeft;
  }

  /** How many more tries the card allows before it blocks the PIN; undefined if it does not say. */
  get triesLeft(): number | undefined {
    return this.#triesLeft;
  }
}

function tries(left: number | undefined): string {
  if (left === undefined) {
    return "and the card does not say how many tries are left";
  }
  return left === 1 ? "1 try is left" : `${String(left)} tries are left`;
}
