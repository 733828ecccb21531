import { type ExternalIssuer, PkiError, ExistingKey } from "../provider";
import { holdsSecret } from "../provider/kms/keyUri";
import { rootKey } from "./rootKey";
import { pemSetting, optional } from "./settings";

/** The existing root, if the settings `rootCertificate` and `rootKey` name one. */
export function existingRoot(): ExistingRoot | undefined {
  const [certificatePem, key] = [pemSetting("rootCertificate"), optional("rootKey")];
  if (certificatePem === undefined && key === undefined) {
    return undefined;
  }
  if (certificatePem === undefined || key === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${key === undefined ? "rootCertificate" : "rootKey"} is set, but its counterpart is not`,
      "Set kms-pki:rootCertificate to the file of a root's certificate, and kms-pki:rootKey to the file or URI of its key",
    );
  }
  requireNoPin(key);
  return { certificatePem, key: new ExistingKey("root-key", { ...rootKey(key), certificatePem }) };
}

/** An existing root, with the resource that is its key. */
export interface ExistingRoot extends ExternalIssuer {
  readonly key: ExistingKey;
}

/** Refuses a PIN or management key, because it would be recorded. */
function requireNoPin(key: string): void {
  if (holdsSecret(key)) {
    throw new PkiError(
      "CONFIG_INVALID",
      "kms-pki:rootKey holds a PIN or management key, which the state would record in plain text",
      "Remove it, and give the PIN in KMS_PKI_PIN_FILE, or that of a token in KMS_PKI_TOKEN_PIN_FILE",
    );
  }
}
