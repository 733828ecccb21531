import { PkiError } from "../../errors";
import { locateSecret, requireSecret, type SecretSources } from "../../words/secrets";
import { TOKEN_PIN, tokenPins } from "./pkcs11SecretNames";
import { type TokenConnection, tokenName } from "./pkcs11Uri";

/**
 * The PINs of tokens, and what became of them in this process. A PIN that was rejected is not tried a second time: after a few
 * tries a token is blocked.
 */
export class TokenLogins {
  readonly #secrets: SecretSources;
  readonly #rejected = new Map<string, PkiError>();

  constructor(secrets: SecretSources) {
    this.#secrets = secrets;
  }

  /**
   * The PIN of a token.
   *
   * @throws PkiError `SECRET_MISSING`, or how the token refused the PIN before
   */
  pinOf(connection: TokenConnection): string {
    const earlier = this.#rejected.get(nameOf(connection));
    if (earlier !== undefined) {
      throw earlier;
    }
    return requireTokenPin(connection.token, this.#secrets);
  }

  /** Whether the last try may be taken. */
  get isLastTryAllowed(): boolean {
    const { environment, config } = this.#secrets;
    return [environment["KMS_PKI_ALLOW_LAST_PIN_TRY"], config("allowLastPinTry")].includes("true");
  }

  /** Remembers what a token said of a PIN. */
  remember(connection: TokenConnection, error: unknown): void {
    if (error instanceof PkiError && /^(?:PIN_|INPUT_INVALID)/.test(error.code)) {
      this.#rejected.set(nameOf(connection), error);
    }
  }
}

/**
 * The PIN of a token, by its label where one is given for it alone.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function requireTokenPin(label: string | undefined, secrets: SecretSources): string {
  const own = tokenPins(label).find((secret) => locateSecret(secret, secrets) !== undefined);
  return requireSecret(own ?? TOKEN_PIN, secrets);
}

function nameOf(connection: TokenConnection): string {
  return `${connection.modulePath} ${tokenName(connection)}`;
}
