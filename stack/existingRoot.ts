import { type ExternalIssuer, PkiError, PublicKey } from "../provider";
import { fileSetting, optional } from "./settings";

/** A root that exists, if the settings `rootCertificate` and `rootKey` name one. */
export function existingRoot(): ExternalIssuer | undefined {
  const [certificatePem, key] = [fileSetting("rootCertificate"), optional("rootKey")];
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
  const isFile = !/^[a-z][a-z0-9+.-]*:|^projects\/|^alias\/|^[0-9a-f-]{36}$/i.test(key);
  return {
    certificatePem,
    key: new PublicKey("root-key", { uri: isFile ? `softkms:path=${key}` : key, certificatePem }),
  };
}
