import { createPublicKey, ECDH, type JsonWebKey, type KeyObject, X509Certificate } from "node:crypto";
import { firstElement } from "../../x509/der";
import { CKA, CKK } from "./cryptoki";

/** Reads an attribute; undefined if the object does not have or report it. */
export type ReadAttribute = (type: number) => Buffer | undefined;

/** The curves by their CKA_EC_PARAMS in hex: their names in JWK and OpenSSL, and the length of a coordinate in octets. */
const CURVES: Readonly<Record<string, { readonly jwk: string; readonly openssl: string; readonly octets: number }>> = {
  "06082a8648ce3d030107": { jwk: "P-256", openssl: "prime256v1", octets: 32 },
  "06052b81040022": { jwk: "P-384", openssl: "secp384r1", octets: 48 },
  "06052b81040023": { jwk: "P-521", openssl: "secp521r1", octets: 66 },
};

const ED25519_OCTETS = 32;

/** The public key in an object of a token; undefined for an unknown type, or for an object that does not report it. */
export function publicKeyOfObject(keyType: number, read: ReadAttribute): KeyObject | undefined {
  try {
    const jwk = jwkOf(keyType, read);
    return jwk === undefined ? undefined : createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined; // not a point on the curve
  }
}

/** The public key of a certificate that is stored beside a key. */
export function publicKeyOfCertificate(der: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined; // the stored data is not a certificate
  }
}

/** Unsigned numbers of a module's own length, least significant octet first. */
export function readUlong(octets: Buffer | undefined): number | undefined {
  return octets === undefined || ![4, 8].includes(octets.length)
    ? undefined
    : octets.reduceRight((sum, octet) => sum * 256 + octet, 0);
}

function jwkOf(keyType: number, read: ReadAttribute): JsonWebKey | undefined {
  switch (keyType) {
    case CKK.RSA: {
      const [n, e] = [read(CKA.MODULUS), read(CKA.PUBLIC_EXPONENT)];
      return isFilled(n) && isFilled(e) ? { kty: "RSA", n: unsigned(n), e: unsigned(e) } : undefined;
    }
    case CKK.EC:
      return ecKey(CURVES[(read(CKA.EC_PARAMS) ?? Buffer.alloc(0)).toString("hex")], read(CKA.EC_POINT));
    case CKK.EC_EDWARDS: {
      const x = unwrapped(read(CKA.EC_POINT), [ED25519_OCTETS]);
      return x === undefined ? undefined : { kty: "OKP", crv: "Ed25519", x: x.toString("base64url") };
    }
    default:
      return undefined;
  }
}

function ecKey(curve: (typeof CURVES)[string] | undefined, attribute: Buffer | undefined): JsonWebKey | undefined {
  if (curve === undefined) {
    return undefined;
  }
  const { jwk, openssl, octets } = curve;
  const point = unwrapped(attribute, [1 + 2 * octets, 1 + octets]);
  if (point === undefined) {
    return undefined;
  }
  // This also covers compressed points (SEC 1, section 2.3.3).
  const whole = ECDH.convertKey(point, openssl, undefined, undefined, "uncompressed") as Buffer;
  const [x, y] = [whole.subarray(1, 1 + octets), whole.subarray(1 + octets)];
  return { kty: "EC", crv: jwk, x: x.toString("base64url"), y: y.toString("base64url") };
}

/** A point as raw octets, or in an OCTET STRING or BIT STRING, depending on the age of the module. */
function unwrapped(attribute: Buffer | undefined, lengths: readonly number[]): Buffer | undefined {
  if (attribute === undefined || lengths.includes(attribute.length)) {
    return attribute;
  }
  const { tag, content } = firstElement(attribute) ?? {};
  const point = tag === 0x03 ? content?.subarray(1) : content;
  return point !== undefined && lengths.includes(point.length) ? point : undefined;
}

function isFilled(octets: Buffer | undefined): octets is Buffer {
  return octets !== undefined && octets.length > 0;
}

function unsigned(octets: Buffer): string {
  const first = octets.findIndex((octet) => octet !== 0);
  return octets.subarray(Math.max(first, 0)).toString("base64url");
}
