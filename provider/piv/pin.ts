import { PkiError } from "../errors";

/** The PIN of a YubiKey that nobody has changed. To be warned of, never to be tried. */
export const DEFAULT_PIN = "123456";

/** The octets of a PIN as VERIFY wants them. */
const LENGTH = 8;

/**
 * Checks the form of a PIN: 6 to 8 characters of ASCII. NIST allows digits alone (SP 800-73-4 part 2, 2.4.3), a YubiKey
 * any octet but FF, which fills up.
 *
 * @throws PkiError `INPUT_INVALID`, without the PIN
 */
export function checkPin(pin: string): void {
  if (!/^[\x20-\x7e]{6,8}$/.test(pin)) {
    throw new PkiError("INPUT_INVALID", "the PIN has not 6 to 8 ASCII characters", "Give the PIV PIN of the YubiKey");
  }
}

/**
 * The octets by which VERIFY takes a PIN, filled up with FF (SP 800-73-4 part 2, 2.4.3).
 *
 * @throws PkiError `INPUT_INVALID`, without the PIN
 */
export function encodePin(pin: string): Buffer {
  checkPin(pin);
  const padded = Buffer.alloc(LENGTH, 0xff);
  padded.write(pin, "ascii");
  return padded;
}

/** The card has refused a PIN: `PIN_REJECTED`. */
export class PinRejected extends PkiError {
  readonly #triesLeft: number | undefined;

  /**
   * @param what what failed, without a full stop
   * @param triesLeft how many more the card allows; undefined where it does not say
   */
  constructor(what: string, triesLeft: number | undefined) {
    super("PIN_REJECTED", `${what}: the PIN is wrong, ${tries(triesLeft)}`, "Give the PIV PIN of this YubiKey");
    this.#triesLeft = triesLeft;
  }

  /** How many more tries the card allows before it blocks the PIN; undefined where it does not say. */
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
