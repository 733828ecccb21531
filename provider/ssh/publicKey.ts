import { createHash, createPublicKey } from "node:crypto";

/** An SSH public key as OpenSSH writes it. */
export interface SshPublicKey {
  /** One line of `authorized_keys`, without a comment: `ecdsa-sha2-nistp256 AAAA...`. */
  readonly line: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** OpenSSH's names of curves, by their names in a JWK. */
const CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** Converts a public key from SPKI PEM into OpenSSH's form (RFC 4253, RFC 5656, RFC 8709). */
export function sshPublicKey(publicKeyPem: string): SshPublicKey {
  const [type, ...values] = fieldsOf(publicKeyPem);
  const blob = Buffer.concat([Buffer.from(type), ...values].flatMap((value) => [lengthOf(value), value]));
  const digest = createHash("sha256").update(blob).digest("base64");
  return { line: `${type} ${blob.toString("base64")}`, fingerprint: `SHA256:${digest.replace(/=+$/, "")}` };
}

/** The type of the key, and the fields that follow it. */
function fieldsOf(publicKeyPem: string): [string, ...Buffer[]] {
  const { kty, crv = "", x = "", y = "", e = "", n = "" } = createPublicKey(publicKeyPem).export({ format: "jwk" });
  if (kty === "RSA") {
    return ["ssh-rsa", integer(e), integer(n)];
  }
  const curve = CURVES[crv];
  return curve === undefined
    ? ["ssh-ed25519", octets(x)]
    : [`ecdsa-sha2-${curve}`, Buffer.from(curve), Buffer.concat([Buffer.of(4), octets(x), octets(y)])];
}

/** A positive `mpint` (RFC 4251, section 5), whose first bit is zero. */
function integer(text: string): Buffer {
  const value = octets(text);
  return (value[0] ?? 0) < 0x80 ? value : Buffer.concat([Buffer.of(0), value]);
}

function octets(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

function lengthOf({ length }: Buffer): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(length);
  return encoded;
}
