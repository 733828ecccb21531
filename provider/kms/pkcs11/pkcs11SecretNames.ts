import type { Secret } from "../../words/secrets";

/** Lets a token sign. */
export const TOKEN_PIN: Secret = { env: "KMS_PKI_TOKEN_PIN", config: "tokenPin", what: "the PIN of the PKCS#11 token" };

/**
 * The places where the PIN of one token is looked up, the most specific first.
 *
 * @param label of the token, if it is named by its label
 */
export function tokenPins(label: string | undefined): Secret[] {
  const suffix = label?.toUpperCase().replace(/[^A-Z0-9]/g, "_");
  return [
    ...(suffix === undefined || ["", "FILE"].includes(suffix)
      ? []
      : [{ ...TOKEN_PIN, env: `${TOKEN_PIN.env}_${suffix}`, config: `${TOKEN_PIN.config}_${suffix}` }]),
    TOKEN_PIN,
  ];
}
