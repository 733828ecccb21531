import { createPublicKey, type KeyObject } from "node:crypto";
import { PkiError } from "../errors";

/**
 * Reads a public key: SPKI, as PEM or DER. Even a key whose checksum matches may be unreadable.
 *
 * @param name of the key, without anything secret
 * @throws PkiError `KMS_ANSWER_INVALID`
 */
export function readKeyOf(name: string, spki: string | Uint8Array): KeyObject {
  try {
    return typeof spki === "string"
      ? createPublicKey(spki)
      : createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch (cause) {
    throw new PkiError(
      "KMS_ANSWER_INVALID",
      `the public key of ${name} cannot be read, and is not used`,
      "Run again. If the error persists, check the key in its key management service, and use another key if it is damaged",
      { cause },
    );
  }
}
