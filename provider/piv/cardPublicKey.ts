import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { algorithmRow, fitsAlgorithm } from "../kms/algorithms";
import type { PivAlgorithm } from "./pivAlgorithms";
import { decodeTlvs, findTlv, malformedData } from "./tlv";

const MODULUS = 0x81;
const EXPONENT = 0x82;
const POINT = 0x86;

/**
 * The public key in the answer to GENERATE ASYMMETRIC KEY PAIR, without its outer tag (SP 800-73-4 part 2, 3.3.2).
 * Yubico puts an Ed25519 key in the place of a point.
 *
 * @throws PkiError `KMS_ANSWER_INVALID` unless it is a key of the algorithm
 */
export function decodePublicKey(data: Uint8Array, algorithm: PivAlgorithm, what: string): KeyObject {
  const objects = decodeTlvs(data, what);
  const value = (tag: number): Buffer => {
    const found = findTlv(objects, tag);
    if (found === undefined) {
      throw malformedData(what, `tag ${tag.toString(16)} is missing`);
    }
    return found;
  };
  const { generate } = algorithmRow(algorithm);
  switch (generate.type) {
    case "rsa":
      return keyOf({ kty: "RSA", n: base64url(value(MODULUS)), e: base64url(value(EXPONENT)) }, algorithm, what);
    case "ec":
      return keyOf({ kty: "EC", crv: generate.namedCurve, ...coordinates(value(POINT), what) }, algorithm, what);
    case "ed25519":
      return keyOf({ kty: "OKP", crv: "Ed25519", x: base64url(value(POINT)) }, algorithm, what);
  }
}

/** The coordinates of an uncompressed point, the only form in PIV (SEC 1, 2.3.3). */
function coordinates(point: Buffer, what: string): { x: string; y: string } {
  if (point[0] !== 4 || point.length % 2 === 0) {
    throw malformedData(what, "its point is not in uncompressed form");
  }
  const middle = (point.length + 1) / 2;
  return { x: base64url(point.subarray(1, middle)), y: base64url(point.subarray(middle)) };
}

function keyOf(key: JsonWebKey, algorithm: PivAlgorithm, what: string): KeyObject {
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key, format: "jwk" });
  } catch (cause) {
    throw malformedData(what, "it is not a public key", cause);
  }
  if (!fitsAlgorithm(publicKey, algorithm)) {
    throw malformedData(what, `it is not a key for ${algorithm}`);
  }
  return publicKey;
}

function base64url(value: Buffer): string {
  return value.toString("base64url");
}
