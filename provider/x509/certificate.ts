import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../errors";

/**
 * Reads the first certificate of a PEM text.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new PkiError("INPUT_INVALID", "a text that should be a certificate is none", "Give it as PEM", { cause });
  }
}

/**
 * Reads a public key from SPKI PEM.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new PkiError("INPUT_INVALID", "a text that should be a public key is none", "Give it as SPKI PEM", { cause });
  }
}

/** A public key as SPKI PEM. */
export function publicKeyPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** The SHA-256 of a certificate in lower-case hex without colons, as `step certificate fingerprint` prints it. */
export function fingerprintSha256(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(":", "").toLowerCase();
}
