import { orEmpty, type PemInputs } from "../../inputs/pem";
import { certificatePem } from "../../x509/pem";

/** The inputs of resources in a token that are PEM texts, by the name of the lifecycle. */
export const PKCS11_PEM_INPUTS = {
  pkcs11Certificate: { certificatePem: orEmpty(certificatePem) },
} as const satisfies Readonly<Record<string, PemInputs>>;
