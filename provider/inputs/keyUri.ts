import type { Problem } from "../words/problem";

/**
 * Checks that a key's URI holds no PIN: it would be recorded. The problem carries no property, because the engine would print
 * the property's value beside it.
 */
export function checkNoPin(uri: unknown): Problem[] {
  return typeof uri === "string" && /[?;&]\s*pin-value\s*=/i.test(uri)
    ? [
        {
          code: "INPUT_INVALID",
          property: "",
          reason: "the key's URI holds a PIN, which would stand in the state in clear",
          remedy: "Take pin-value out, and give the PIN by KMS_PKI_PIN_FILE or kms-pki:pinFile",
        },
      ]
    : [];
}
