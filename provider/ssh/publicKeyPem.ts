import { createPublicKey, type JsonWebKey } from "node:crypto";

/** The fields of a key's blob (RFC 4251, section 5: each has its length before it). */
function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length;) {
    const length = blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

/** Converts a line of OpenSSH (RFC 4253, RFC 5656, RFC 8709) into SPKI PEM; undefined if it is no key of ECDSA, Ed25519 or RSA. */
export function sshPublicKeyPem(line: string): string | undefined {
  const jwk = jwkOf(fieldsOf(Buffer.from(line.split(" ")[1] ?? "", "base64")));
  try {
    return jwk && createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  } catch {
    return undefined;
  }
}

function jwkOf([type, ...values]: readonly Buffer[]): JsonWebKey | undefined {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = values;
  const text = (value: Buffer): string => value.toString("base64url");
  switch (type?.toString("latin1") ?? "") {
    case "ssh-rsa":
      return { kty: "RSA", e: text(unsigned(first)), n: text(unsigned(second)) };
    case "ssh-ed25519":
      return { kty: "OKP", crv: "Ed25519", x: text(first) };
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521": {
      // An uncompressed point: 4, x and y.
      const middle = (second.length + 1) / 2;
      const crv = first.toString("latin1").replace("nistp", "P-");
      return { kty: "EC", crv, x: text(second.subarray(1, middle)), y: text(second.subarray(middle)) };
    }
    default:
      return undefined;
  }
}

/** A positive `mpint` without the zero before its first bit. */
function unsigned(value: Buffer): Buffer {
  return value[0] === 0 ? value.subarray(1) : value;
}
