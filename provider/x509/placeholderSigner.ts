import { constants, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";

/** A key pair for each kind of key, made when it is first needed. Its signatures are never kept. */
const keyPairs = new Map<string, Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>();

/** The size of an RSA key is not in what it signs, so the smallest will do. */
const RSA_BITS = 2048;

/** A signer in memory with a throw-away key, for a certificate that is only looked at. */
export async function placeholderSigner(algorithm: Algorithm): Promise<Signer> {
  const { hash, pss } = algorithmRow(algorithm);
  const { publicKey, privateKey } = await keyPairFor(algorithm);
  const key = pss
    ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : privateKey;
  return { algorithm, publicKey, sign: (message) => Promise.resolve(sign(hash, message, key)) };
}

function keyPairFor(algorithm: Algorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const { generate } = algorithmRow(algorithm);
  const kind = generate.type === "ec" ? generate.namedCurve : generate.type;
  const pair = keyPairs.get(kind) ?? makeKeyPair(generate);
  keyPairs.set(kind, pair);
  return pair;
}

function makeKeyPair(
  generate: ReturnType<typeof algorithmRow>["generate"],
): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const make = promisify(generateKeyPair);
  switch (generate.type) {
    case "ec":
      return make("ec", { namedCurve: generate.namedCurve });
    case "rsa":
      return make("rsa", { modulusLength: RSA_BITS });
    case "ed25519":
      return make("ed25519");
  }
}
