import { orEmpty, type PemInputs } from "../../inputs/pem";
import { certificatePem, certificatesPem } from "../../x509/pem";

/** The inputs of a YubiKey's resources that are PEM texts, by the name of the lifecycle. */
export const YUBIKEY_PEM_INPUTS = {
  pivCertificate: { certificatePem: orEmpty(certificatePem) },
  pivKey: { attestationRootPem: certificatesPem },
} as const satisfies Readonly<Record<string, PemInputs>>;
