import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import { readCertificates } from "./pem";

/**
 * Reads the first certificate of a PEM text.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new PkiError("INPUT_INVALID", "the text is not a certificate", "Give it as PEM", { cause });
  }
}

/**
 * Reads the certificate of a root: a CA certificate that its own key signed.
 *
 * @param name of the input, for the message
 * @throws PkiError `INPUT_INVALID` if it is not a root's
 */
export function readRoot(pem: string, name: string): X509Certificate {
  const certificate = readCertificate(pem);
  if (!certificate.ca || !isOwnIssuer(certificate)) {
    throw new PkiError(
      "INPUT_INVALID",
      `the certificate in ${name} is not a self-signed CA certificate`,
      "Give the certificate of a root",
    );
  }
  return certificate;
}

/** Whether a certificate names itself as its issuer and its own key signed it. */
function isOwnIssuer(certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  } catch {
    return false; // a key that does not match the signature's algorithm
  }
}

/**
 * The chain that a server shows for a CA: the given certificates without the root, which its clients have.
 *
 * @param chainPem certificates only, already read
 * @returns undefined if there is nothing above the CA
 */
export function chainBelowRoot(chainPem: string, name: string): string | undefined {
  const certificates = readCertificates(chainPem, name);
  return certificates.length === 1 ? undefined : certificates.filter((each) => !isOwnIssuer(each)).join("");
}

const publicKeys = new Map<string, KeyObject>();

/**
 * Reads a public key from SPKI PEM. A key of many certificates is read once.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function readPublicKey(pem: string): KeyObject {
  let key = publicKeys.get(pem);
  if (key === undefined) {
    key = parsePublicKey(pem);
    publicKeys.set(pem, key);
  }
  return key;
}

function parsePublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new PkiError("INPUT_INVALID", "the text is not a public key", "Give it as SPKI PEM", {
      cause,
    });
  }
}

/** A public key as SPKI PEM. */
export function publicKeyPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/**
 * The period in which a certificate is valid.
 *
 * @throws PkiError `INPUT_INVALID` if the text is not a certificate
 */
export function validityOf(certificatePem: string): { notBefore: Date; notAfter: Date } {
  const { validFrom, validTo } = readCertificate(certificatePem);
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}

/** The SHA-256 of a certificate in lowercase hex without colons, as `step certificate fingerprint` prints it. */
export function fingerprintSha256(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(":", "").toLowerCase();
}
