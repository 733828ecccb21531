import { constants, type KeyObject, type SignKeyObjectInput } from "node:crypto";
import { type Algorithm, algorithmRow } from "./algorithms";

/** A private key in this process's memory as Node signs with it under an algorithm. */
export function signatureKey(privateKey: KeyObject, algorithm: Algorithm): KeyObject | SignKeyObjectInput {
  return algorithmRow(algorithm).pss
    ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : privateKey;
}
