import { PkiError } from "../../errors";
import { findSecret, requireSecret, type SecretSources } from "../../words/secrets";
import { MANAGEMENT_KEY, PIN } from "./yubiKeySecretNames";
import { DEFAULT_MANAGEMENT_KEY, parseManagementKey } from "../../piv/managementKey";
import { checkPin, DEFAULT_PIN } from "../../piv/pin";
import type { YubiKeyAtHand } from "./yubikeyCards";
import { deviceName } from "./yubiKeyUri";

/** The surroundings of {@link YubiKeySecrets}. */
export interface YubiKeySecretsOptions {
  readonly secrets: SecretSources;
  /** Receives a message for the person at the terminal. */
  readonly notice: (message: string) => void;
}

/**
 * PINs and management keys, with their outcomes in this process. A rejected PIN is not tried again, because three wrong
 * tries block the device.
 */
export class YubiKeySecrets {
  readonly #options: YubiKeySecretsOptions;
  readonly #rejected = new Map<number | undefined, PkiError>();
  readonly #said = new Set<string>();

  constructor(options: YubiKeySecretsOptions) {
    this.#options = options;
  }

  /**
   * Verifies the PIN, unless that is known to fail or could block the device.
   *
   * @throws PkiError `SECRET_MISSING`, `INPUT_INVALID`, `PIN_REJECTED`, `PIN_LAST_TRY`, `PIN_BLOCKED`
   */
  async verifyPin({ piv, serial }: YubiKeyAtHand): Promise<void> {
    const earlier = this.#rejected.get(serial);
    if (earlier !== undefined) {
      throw earlier;
    }
    const { secrets } = this.#options;
    const pin = requireSecret(PIN, secrets, serial);
    checkPin(pin);
    const triesLeft = await piv.pinTriesLeft();
    if (triesLeft === 1 && !isLastTryAllowed(secrets)) {
      throw this.#remember(
        serial,
        new PkiError(
          "PIN_LAST_TRY",
          `the PIN of ${deviceName(serial)} has only one try left, which was not used`,
          "Verify the PIN by hand (ykman piv access verify-pin), which resets the tries; " +
            "or, if you are sure of the PIN, set KMS_PKI_ALLOW_LAST_PIN_TRY=true for one run",
        ),
      );
    }
    try {
      await piv.verifyPin(pin);
    } catch (error) {
      const isAboutThePin = error instanceof PkiError && error.code.startsWith("PIN_");
      throw isAboutThePin ? this.#remember(serial, error) : error;
    }
    if (pin === DEFAULT_PIN) {
      this.#say(`${deviceName(serial)} still has the factory PIN. Change it: ykman piv access change-pin`);
    }
  }

  /**
   * Authenticates to a YubiKey with the management key. If none is given, it uses the key that is stored on the card
   * under the PIN, or else the factory's.
   *
   * @throws PkiError `INPUT_INVALID`, `MANAGEMENT_KEY_REJECTED`, `TOUCH_MISSING`, `SECRET_MISSING`, and the errors of
   * {@link verifyPin}
   */
  async authenticate(card: YubiKeyAtHand): Promise<void> {
    const { piv, serial } = card;
    const given = findSecret(MANAGEMENT_KEY, this.#options.secrets, serial);
    const key = given === undefined ? await this.#ownManagementKey(card) : parseManagementKey(given);
    await piv.authenticate(key, () => {
      this.#options.notice(`touch ${deviceName(serial)}: its management key requires a touch`);
    });
    if (key.equals(parseManagementKey(DEFAULT_MANAGEMENT_KEY))) {
      this.#say(
        `${deviceName(serial)} still has the factory management key. Change it: ` +
          "ykman piv access change-management-key --generate",
      );
    }
  }

  /** The management key on the card, as ykman's `change-management-key --protect` stores it. Nobody ever sees it. */
  async #ownManagementKey(card: YubiKeyAtHand): Promise<Buffer> {
    const { piv, serial } = card;
    const protection = await piv.managementKeyProtection();
    if (protection === "none") {
      return parseManagementKey(DEFAULT_MANAGEMENT_KEY);
    }
    if (protection === "stored") {
      await this.verifyPin(card);
      const stored = await piv.storedManagementKey();
      if (stored !== undefined) {
        return stored;
      }
    }
    throw new PkiError(
      "SECRET_MISSING",
      protection === "stored"
        ? `the management key of ${deviceName(serial)} should be stored on the card under its PIN, but is not there`
        : `the management key of ${deviceName(serial)} is derived from its PIN, as old tools did`,
      "Set a new one, which the card keeps under the PIN: ykman piv access change-management-key --generate --protect; or " +
        "give the key in KMS_PKI_MANAGEMENT_KEY_FILE",
    );
  }

  #remember(serial: number | undefined, error: PkiError): PkiError {
    this.#rejected.set(serial, error);
    return error;
  }

  #say(message: string): void {
    if (!this.#said.has(message)) {
      this.#said.add(message);
      this.#options.notice(`warning: ${message}`);
    }
  }
}

function isLastTryAllowed({ environment, config }: SecretSources): boolean {
  return [environment["KMS_PKI_ALLOW_LAST_PIN_TRY"], config("allowLastPinTry")].includes("true");
}
