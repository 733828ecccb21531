import { PkiError } from "../../errors";
import { type Algorithm } from "../algorithms";
import { CKF, CKF_READ_WRITE_SESSION, CKU, type Cryptoki, type Handle, type TokenInfo } from "./cryptoki";
import { cryptokiError, isSessionLost, returnValueOf } from "./cryptokiErrors";
import type { TokenDescription } from "./moduleMessages";
import { PKCS11_ALGORITHMS, tokenAlgorithm } from "./pkcs11Algorithms";
import { tokenName, type TokenSelector } from "./pkcs11Uri";
import { readUlong } from "./publicKeyObject";

/** CKR_USER_ALREADY_LOGGED_IN, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED. */
const ALREADY_LOGGED_IN = 0x100;
const NO_TOKEN = [0xe0, 0xe1];

interface FoundToken {
  readonly slot: Handle;
  readonly info: TokenInfo;
}

/** The context for using a session. */
export interface OpenSession {
  readonly cryptoki: Cryptoki;
  readonly session: Handle;
  /** For a key that requires the PIN for each signature. */
  readonly pin: string | undefined;
}

/** The tokens of one module. Each has one session. If the module loses it, a new session is opened and logged in. */
export class TokenSessions {
  readonly #cryptoki: Cryptoki;
  readonly #sessions = new Map<string, Handle>();
  /** The PINs that a token has accepted. */
  readonly #pins = new Map<string, string>();

  constructor(cryptoki: Cryptoki) {
    this.#cryptoki = cryptoki;
  }

  /** @throws PkiError `CARD_NOT_FOUND`, `CARD_AMBIGUOUS` */
  describe(selector: TokenSelector): TokenDescription {
    const { slot, info } = this.#find(selector);
    const mechanisms = this.#cryptoki.C_GetMechanismList(slot);
    const isThere = (algorithm: Algorithm): boolean => {
      const { generation, signing } = tokenAlgorithm(algorithm);
      return mechanisms.includes(generation) && mechanisms.includes(signing.mechanism);
    };
    return {
      label: unpadded(info.label),
      serial: unpadded(info.serialNumber),
      model: unpadded(info.model),
      algorithms: PKCS11_ALGORITHMS.filter(isThere),
    };
  }

  /**
   * Logs in, unless a wrong PIN would block the token.
   *
   * @throws PkiError `PIN_REJECTED`, `PIN_LAST_TRY`, `PIN_BLOCKED`, `PIN_REQUIRED`, `INPUT_INVALID`
   */
  login(selector: TokenSelector, pin: string, isLastTryAllowed: boolean): void {
    const found = this.#find(selector);
    requireTry(selector, found.info, pin, isLastTryAllowed);
    this.#open(selector, found);
    if ((found.info.flags & CKF.LOGIN_REQUIRED) !== 0) {
      this.#logIn(selector, pin);
    }
    this.#pins.set(tokenName(selector), pin);
  }

  /**
   * Uses a token's session.
   *
   * @param use is called again in a new session if the module has lost the first one
   */
  use<T>(selector: TokenSelector, use: (open: OpenSession) => T): T {
    const once = (): T => {
      const session = this.#sessions.get(tokenName(selector)) ?? this.#reopen(selector);
      return use({ cryptoki: this.#cryptoki, session, pin: this.#pins.get(tokenName(selector)) });
    };
    try {
      return once();
    } catch (error) {
      if (!isSessionLost(error)) {
        throw error;
      }
      this.#forget(selector);
      return once();
    }
  }

  #reopen(selector: TokenSelector): Handle {
    const pin = this.#pins.get(tokenName(selector));
    if (pin === undefined) {
      throw new Error("nobody has logged in");
    }
    this.login(selector, pin, false);
    return this.#sessions.get(tokenName(selector)) ?? Buffer.alloc(0);
  }

  #forget(selector: TokenSelector): void {
    const session = this.#sessions.get(tokenName(selector));
    this.#sessions.delete(tokenName(selector));
    try {
      if (session !== undefined) {
        this.#cryptoki.C_CloseSession(session);
      }
    } catch {
      // The module no longer knows it.
    }
  }

  #open(selector: TokenSelector, { slot }: FoundToken): void {
    this.#forget(selector);
    try {
      this.#sessions.set(tokenName(selector), this.#cryptoki.C_OpenSession(slot, CKF_READ_WRITE_SESSION));
    } catch (cause) {
      throw cryptokiError(cause, `opening a session of ${tokenName(selector)}`);
    }
  }

  #logIn(selector: TokenSelector, pin: string): void {
    try {
      this.#cryptoki.C_Login(this.#sessions.get(tokenName(selector)) ?? Buffer.alloc(0), CKU.USER, pin);
    } catch (cause) {
      if (returnValueOf(cause) !== ALREADY_LOGGED_IN) {
        this.#forget(selector);
        throw cryptokiError(cause, `logging in to ${tokenName(selector)}`);
      }
    }
  }

  #find(selector: TokenSelector): FoundToken {
    const all = this.#tokens();
    const found = all.filter((token) => isSelected(token, selector));
    const [first, ...others] = found;
    if (first === undefined) {
      const names = all.map(({ info }) => `"${unpadded(info.label)}" (serial ${unpadded(info.serialNumber)})`);
      throw new PkiError(
        "CARD_NOT_FOUND",
        `the module does not have ${tokenName(selector)}${names.length === 0 ? "; it has no other token" : `; it only has ${names.join(", ")}`}`,
        "Connect the token, or correct its name, and run again",
      );
    }
    if (others.length > 0) {
      const serials = found.map(({ info }) => unpadded(info.serialNumber));
      throw new PkiError(
        "CARD_AMBIGUOUS",
        `${String(found.length)} tokens match ${tokenName(selector)}: their serial numbers are ${serials.join(", ")}`,
        "Choose one by its serial number",
      );
    }
    return first;
  }

  #tokens(): FoundToken[] {
    return this.#cryptoki.C_GetSlotList(true).flatMap((slot) => {
      try {
        const info = this.#cryptoki.C_GetTokenInfo(slot);
        return (info.flags & CKF.TOKEN_INITIALIZED) === 0 ? [] : [{ slot, info }];
      } catch (error) {
        if (NO_TOKEN.includes(returnValueOf(error) ?? 0)) {
          return []; // unplugged since
        }
        throw error;
      }
    });
  }
}

function isSelected({ slot, info }: FoundToken, { token, serial, slotId }: TokenSelector): boolean {
  if (slotId !== undefined) {
    return readUlong(slot) === slotId;
  }
  return token === undefined ? unpadded(info.serialNumber) === serial : unpadded(info.label) === token;
}

/** The specification pads with spaces, but some modules terminate a string with NUL. */
function unpadded(text: string): string {
  return text.replace(/\0.*$/s, "").trimEnd();
}

function requireTry(selector: TokenSelector, info: TokenInfo, pin: string, isLastTryAllowed: boolean): void {
  const { flags, minPinLen, maxPinLen } = info;
  const name = tokenName(selector);
  if ((flags & CKF.USER_PIN_LOCKED) !== 0) {
    throw new PkiError("PIN_BLOCKED", `the PIN of ${name} is blocked`, "Have the security officer set a new PIN");
  }
  if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0 && !isLastTryAllowed) {
    throw new PkiError(
      "PIN_LAST_TRY",
      `the PIN of ${name} has one try left, which was not used`,
      "Log in by hand (pkcs11-tool --module MODULE --login --list-objects), which resets the tries; or, if you are sure of the " +
        "PIN, set KMS_PKI_ALLOW_LAST_PIN_TRY=true for one run",
    );
  }
  const length = Buffer.byteLength(pin);
  // Some modules return 0 for an unknown length.
  if (length < minPinLen || (maxPinLen > 0 && length > maxPinLen)) {
    throw new PkiError(
      "INPUT_INVALID",
      `the PIN of ${name} must have ${String(minPinLen)} to ${String(maxPinLen)} octets, and the given one has another length; it was not tried`,
      "Correct the PIN",
    );
  }
}
