import { type ExternalIssuer, PkiError, PublicKey } from "../provider";
import { softKeyUri } from "../provider/kms/softKeyUri";
import { parseYubiKeyKmsUri, yubiKeyKmsUri } from "../provider/kms/yubiKeyUri";
import { optional, pemSetting, serialSetting } from "./settings";

/** A root that exists, if the settings `rootCertificate` and `rootKey` name one. */
export function existingRoot(): ExternalIssuer | undefined {
  const [certificatePem, key] = [pemSetting("rootCertificate"), optional("rootKey")];
  if (certificatePem === undefined && key === undefined) {
    return undefined;
  }
  if (certificatePem === undefined || key === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${key === undefined ? "rootCertificate" : "rootKey"} is set without the other of the two`,
      "Set kms-pki:rootCertificate to the file of a root's certificate, and kms-pki:rootKey to the file or URI of its key",
    );
  }
  return { certificatePem, key: new PublicKey("root-key", { ...keyOf(key), certificatePem }) };
}

/** What a key is named by, and the device that it is in where there may be several. */
function keyOf(key: string): { uri: string; kms?: string } {
  if (/[?;&]pin-value=/i.test(key)) {
    throw new PkiError(
      "CONFIG_INVALID",
      "kms-pki:rootKey has a PIN in it, which would be in the state for everybody to read",
      "Take it out, and give the PIN by KMS_PKI_PIN_FILE or the secret kms-pki:pin",
    );
  }
  if (/^yubikey:/i.test(key)) {
    const { serial = serialSetting() } = parseYubiKeyKmsUri(key);
    return { uri: key, ...(serial === undefined ? {} : { kms: yubiKeyKmsUri({ serial }) }) };
  }
  // One letter before a colon is a drive of Windows.
  const isUri = /^[a-z][a-z0-9+.-]+:|^projects\/|^alias\/|^[0-9a-f-]{36}$/i.test(key);
  return { uri: isUri ? key : softKeyUri(key) };
}
