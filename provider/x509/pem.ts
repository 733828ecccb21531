import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import { childrenOf, firstElement } from "./der";

/** The kinds of content to look for in a PEM text, with the labels that programs write (RFC 7468 and earlier forms). */
const LABELS = {
  certificate: ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"],
  "certificate request": ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
  "public key": ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"],
} as const;

type Wanted = keyof typeof LABELS;

/** Matches a private key in every text form: PEM, OpenSSH, OpenPGP, SSH2 and PuTTY. */
const PRIVATE_KEY = /-{2,5} ?BEGIN [^-\r\n]*PRIVATE KEY|^PuTTY-User-Key-File-\d|^Private-Lines:/m;

/** Whether a text holds a private key, whole or cut off, encrypted or not. */
export function holdsPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(text);
}

/** Removes the private keys from a text, for texts that an older version of this package may have recorded. */
export function withoutPrivateKeys(text: string): string {
  return text.replaceAll(/-----BEGIN ([^-\r\n]*PRIVATE KEY)-----[^-]*-----END \1-----/g, "");
}

/**
 * Refuses a text that holds a private key.
 *
 * @param name of the argument or setting, for the message, which does not quote the text
 * @throws PkiError `PRIVATE_KEY_GIVEN`
 */
export function refusePrivateKey(text: string, name: string): void {
  if (holdsPrivateKey(text)) {
    throw new PkiError(
      "PRIVATE_KEY_GIVEN",
      `${name} holds a private key, which would be kept in the stack's state. Nothing was kept`,
      "Remove the private key from that file or text and run again",
    );
  }
}

/**
 * Reads the certificates of a PEM text in their order. Text between them is ignored.
 *
 * @param name of the argument or setting, for messages
 * @throws PkiError `PRIVATE_KEY_GIVEN`, and `INPUT_INVALID` if there is no certificate or a damaged one
 */
export function readCertificates(text: string, name: string): [X509Certificate, ...X509Certificate[]] {
  const read = ({ der }: PemBlock): X509Certificate => parsed(() => new X509Certificate(der), "certificate", name);
  const [first, ...others] = blocksOf(text, "certificate", name);
  return [read(first), ...others.map(read)];
}

/**
 * The certificates of a PEM text as DER, in their order, whatever is in them. Throws as {@link readCertificates}, but not for a
 * certificate that only OpenSSL cannot read.
 */
export function certificateDers(text: string, name: string): Buffer[] {
  return blocksOf(text, "certificate", name).map(({ der }) => der);
}

/**
 * The first certificate of a PEM text, encoded again, without the rest of the text. Throws as {@link readCertificates}.
 */
export function certificatePem(text: string, name: string): string {
  return readCertificates(text, name)[0].toString();
}

/** All certificates of a PEM text, encoded again. Throws as {@link readCertificates}. */
export function certificatesPem(text: string, name: string): string {
  return readCertificates(text, name).join("");
}

/**
 * The first certificate request (PKCS#10) of a PEM text, encoded again. Its signature is verified when it is used.
 *
 * @throws PkiError `PRIVATE_KEY_GIVEN`, `CSR_INVALID`
 */
export function requestPem(text: string, name: string): string {
  const [{ der }] = blocksOf(text, "certificate request", name);
  if (!isRequest(der)) {
    throw damaged("certificate request", name);
  }
  return writePem("CERTIFICATE REQUEST", der);
}

/** CertificationRequest ::= SEQUENCE { SEQUENCE { version, subject, key, [0] attributes }, algorithm, signature }. */
function isRequest(der: Buffer): boolean {
  const [info, algorithm, signature, ...others] = childrenOf(der);
  const tags = childrenOf(info?.whole).map(({ tag }) => tag);
  return (
    [algorithm?.tag, signature?.tag, others.length].join() === "48,3,0" &&
    ["2,48,48", "2,48,48,160"].includes(tags.join())
  );
}

/**
 * The public key of a PEM text, encoded again as SPKI. If the text holds only certificates, the key of the first one.
 *
 * @throws PkiError `PRIVATE_KEY_GIVEN`, and `INPUT_INVALID` if there is no public key
 */
export function publicKeyPemOf(text: string, name: string): string {
  const blocks = blocksOf(text, "public key", name);
  const block = blocks.find(({ label }) => label.endsWith("PUBLIC KEY")) ?? blocks[0];
  return parsed(() => keyOf(block).export({ type: "spki", format: "pem" }).toString(), "public key", name);
}

function keyOf({ label, der }: PemBlock): KeyObject {
  return label.endsWith("CERTIFICATE")
    ? new X509Certificate(der).publicKey
    : createPublicKey({ key: der, format: "der", type: label === "PUBLIC KEY" ? "spki" : "pkcs1" });
}

/** Writes DER as PEM, in lines of 64 characters (RFC 7468). */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The DER of a PEM text with a single block, in base64. */
export function derBase64(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s/g, "");
}

interface PemBlock {
  readonly label: string;
  /** A single element, without anything that followed it, such as OpenSSL's trust settings. */
  readonly der: Buffer;
}

/** The blocks of a kind, at least one. */
function blocksOf(text: string, wanted: Wanted, name: string): [PemBlock, ...PemBlock[]] {
  if (typeof text !== "string") {
    throw invalid(wanted, `${name} is not a string`); // a program without types may give anything
  }
  refusePrivateKey(text, name);
  const labels: readonly string[] = LABELS[wanted];
  const begun = [...text.matchAll(/-----BEGIN ([^-\r\n]*)-----/g)].map(([, label = ""]) => label);
  const blocks = [...text.matchAll(/-----BEGIN ([^-\r\n]*)-----([^-]*)-----END \1-----/g)]
    .map(([, label = "", body = ""]) => ({ label, body: body.replaceAll(/\s/g, "") }))
    .filter(({ label }) => labels.includes(label));
  if (begun.filter((label) => labels.includes(label)).length !== blocks.length) {
    throw damaged(wanted, name);
  }
  const [first, ...others] = blocks.map(({ label, body }): PemBlock => {
    const element = /^[A-Za-z0-9+/]+={0,2}$/.test(body) ? firstElement(Buffer.from(body, "base64")) : undefined;
    if (element === undefined) {
      throw damaged(wanted, name);
    }
    return { label, der: element.whole };
  });
  if (first === undefined) {
    throw invalid(wanted, `${name} holds ${contentOf(begun)}, but no ${wanted}`);
  }
  return [first, ...others];
}

/** A description of a text, by the labels of its blocks. */
function contentOf(labels: readonly string[]): string {
  return labels.length === 0 ? "no PEM" : labels.map((label) => `"${label.slice(0, 40)}"`).join(", ");
}

function parsed<T>(parse: () => T, wanted: Wanted, name: string): T {
  try {
    return parse();
  } catch {
    throw damaged(wanted, name); // the parser's own error is less helpful
  }
}

function damaged(wanted: Wanted, name: string): PkiError {
  return invalid(wanted, `a ${wanted} in ${name} is damaged or cut off`);
}

function invalid(wanted: Wanted, reason: string): PkiError {
  const isOfRequest = wanted === "certificate request";
  return new PkiError(
    isOfRequest ? "CSR_INVALID" : "INPUT_INVALID",
    reason,
    `Give ${isOfRequest ? "a PKCS#10 request" : `the ${wanted}`} as PEM, beginning with -----BEGIN ${LABELS[wanted][0]}-----`,
  );
}
