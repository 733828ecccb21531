import { createHash, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { SubjectPublicKeyInfo } from "@peculiar/asn1-x509";

const known = new WeakMap<KeyObject, string>();

/** The SHA-1 of the public key's bit string, in hex (RFC 5280, section 4.2.1.2, method 1). */
export function subjectKeyIdentifier(key: KeyObject): string {
  let identifier = known.get(key);
  if (identifier === undefined) {
    const info = AsnConvert.parse(key.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
    identifier = createHash("sha1").update(new Uint8Array(info.subjectPublicKey)).digest("hex");
    known.set(key, identifier);
  }
  return identifier;
}
