import { PkiError } from "../../errors";
import { locateSecret, requireSecret, type SecretSources } from "../../words/secrets";
import { TOKEN_PIN, tokenPins } from "./pkcs11SecretNames";
import { type TokenConnection, tokenName } from "./pkcs11Uri";

/**
 * The PINs of tokens, and their results in this process. A rejected PIN is not tried a second time, because after a few
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
   * @throws PkiError `SECRET_MISSING`, or the token's earlier refusal of the PIN
   */
  pinOf(connection: TokenConnection): string {
    const earlier = this.#rejected.get(nameOf(connection));
    if (earlier !== undefined) {
      throw earlier;
    }
    return requireTokenPin(connection.token, this.#secrets);
  }

  /** Whether the last try may be used. */
  get isLastTryAllowed(): boolean {
    const { environment, config } = this.#secrets;
    return [environment["KMS_PKI_ALLOW_LAST_PIN_TRY"], config("allowLastPinTry")].includes("true");
  }

  /** Remembers the answer of a token to a PIN. */
  remember(connection: TokenConnection, error: unknown): void {
    if (error instanceof PkiError && /^(?:PIN_|INPUT_INVALID)/.test(error.code)) {
      this.#rejected.set(nameOf(connection), error);
    }
  }
}

/**
 * The PIN of a token. A PIN for its label takes precedence.
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
