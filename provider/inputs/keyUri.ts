import { holdsSecret } from "../kms/keyUri";
import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Checks that the URI of a key that exists is given. */
export function checkKeyUri(uri: unknown, property: string): Problem[] {
  return uri === UNKNOWN || (typeof uri === "string" && uri.trim() !== "")
    ? []
    : [invalid(property, "it is not the URI of a key", "Give the URI by which step-ca names the key")];
}

/**
 * Checks that a key URI holds no PIN or management key, which would be recorded. The problem carries no property, because the engine
 * would print the property's value beside it.
 */
export function checkNoPin(uri: unknown): Problem[] {
  return typeof uri === "string" && holdsSecret(uri)
    ? [
        {
          code: "INPUT_INVALID",
          property: "",
          reason: "the key URI holds a PIN or management key, which the state would record in plain text",
          remedy:
            "Remove pin-value and management-key, and give the PIN in KMS_PKI_PIN_FILE, or that of a token in KMS_PKI_TOKEN_PIN_FILE",
        },
      ]
    : [];
}
