import { createHash, type KeyObject } from "node:crypto";
import { childrenOf } from "./der";

const known = new WeakMap<KeyObject, string>();

/** The SHA-1 of the public key's bit string, in hex (RFC 5280, section 4.2.1.2, method 1). */
export function subjectKeyIdentifier(key: KeyObject): string {
  let identifier = known.get(key);
  if (identifier === undefined) {
    const [, bits] = childrenOf(key.export({ type: "spki", format: "der" }));
    // The first octet tells how many bits of the last one do not count: none.
    const publicKey = bits?.content.subarray(1) ?? Buffer.alloc(0);
    identifier = createHash("sha1").update(publicKey).digest("hex");
    known.set(key, identifier);
  }
  return identifier;
}
