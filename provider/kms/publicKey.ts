import { createPublicKey, type KeyObject } from "node:crypto";
import { PkiError } from "../errors";

/**
 * Reads the public half of a key: SPKI, as PEM or DER. A checksum that fits says nothing of whether it can be read.
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
      "Run again; if it stays so, look at the key at the service that holds it, and name another key if it is damaged",
      { cause },
    );
  }
}
