import type { Secret } from "../../words/secrets";

/** Lets a YubiKey sign. */
export const PIN: Secret = { env: "KMS_PKI_PIN", config: "pin", what: "the PIN of the YubiKey" };

/** Lets a YubiKey make keys and store certificates. Default the key that it keeps under the PIN, or the factory's. */
export const MANAGEMENT_KEY: Secret = {
  env: "KMS_PKI_MANAGEMENT_KEY",
  config: "managementKey",
  what: "the management key of the YubiKey",
};
