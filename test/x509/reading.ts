import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { asn1, certificateText, derOf, openssl } from "../fixtures/openssl";

/** openssl's names of a certificate's extensions. */
export function extensionNames(pem: string): string[] {
  return [...certificateText(pem).matchAll(/^ {12}(\S.*?): ?(?:critical)?$/gm)].map(([, name = ""]) => name);
}

/** openssl's output below the heading of an extension, which is `<name>:` or `<name>: critical`. */
export function extensionText(pem: string, heading: string): string {
  const lines = certificateText(pem).split("\n");
  const index = lines.findIndex((line) => line.trim() === heading);
  assert.notEqual(index, -1, `no ${heading} in\n${lines.join("\n")}`);
  return (lines[index + 1] ?? "").trim();
}

/** The DER inside an extension, in hex. */
export function extensionOctets(pem: string, name: string): string {
  const lines = asn1(derOf(pem)).split("\n");
  const index = lines.findIndex((line) => line.endsWith(`:${name}`));
  const octets = lines.slice(index).find((line) => line.includes("OCTET STRING"));
  assert.ok(index !== -1 && octets !== undefined, `no ${name} in\n${lines.join("\n")}`);
  return /\[HEX DUMP\]:([0-9A-F]+)/.exec(octets)?.[1]?.toLowerCase() ?? "";
}

/** The subject and authority key identifiers that openssl reads, in hex. */
export function identifiers(pem: string): { subject: string; authority: string } {
  const text = openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier,authorityKeyIdentifier"], pem);
  const below = (heading: string): string =>
    (new RegExp(`${heading} Key Identifier: *\\n *(?:keyid:)?([0-9A-F:]+)`).exec(text)?.[1] ?? "")
      .replaceAll(":", "")
      .toLowerCase();
  return { subject: below("Subject"), authority: below("Authority") };
}

/** Method 1 of RFC 5280, section 4.2.1.2, on the public key's bit string as found by openssl. */
export function computedKeyIdentifier(pem: string): string {
  const der = derOf(openssl(["x509", "-noout", "-pubkey"], pem));
  const bits = /^ *(\d+):d=1 +hl=(\d+) l= *(\d+) prim: BIT STRING/m.exec(asn1(der));
  assert.ok(bits !== null);
  const [offset = 0, header = 0, length = 0] = bits.slice(1).map(Number);
  // The first byte of a bit string is the number of unused bits.
  return createHash("sha1")
    .update(der.subarray(offset + header + 1, offset + header + length))
    .digest("hex");
}

/** In the order of tbsCertificate, where each is a sequence (RFC 5280, section 4.1). */
const FIELDS = ["signature", "issuer", "validity", "subject", "publicKey"] as const;

/** The DER of a field, in hex, found by openssl: the n-th sequence right below the certificate's content. */
export function fieldOctets(pem: string, field: (typeof FIELDS)[number]): string {
  const der = derOf(pem);
  const sequences = [...asn1(der).matchAll(/^ *(\d+):d=2 +hl=(\d+) l= *(\d+) cons: SEQUENCE/gm)];
  const [offset = 0, header = 0, length = 0] = (sequences[FIELDS.indexOf(field)] ?? []).slice(1).map(Number);
  return der.subarray(offset, offset + header + length).toString("hex");
}
