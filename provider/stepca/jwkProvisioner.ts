import { calculateJwkThumbprint, CompactEncrypt, exportJWK, generateKeyPair, type JWK } from "jose";

/** The key pair of a JWK provisioner, as ca.json holds it. */
export interface JwkProvisionerKey {
  /** The public key, with its RFC 7638 thumbprint as `kid`. */
  readonly key: JWK;
  /** The private key as compact JWE under the password: PBES2-HS256+A128KW, A256GCM. step-ca hands it out to anyone. */
  readonly encryptedKey: string;
}

/** PBKDF2 rounds, the same as `step` uses. */
const ITERATIONS = 600_000;

/** Makes a P-256 key pair whose private half leaves only encrypted under a password (RFC 7517, RFC 7518). */
export async function generateJwkProvisionerKey(password: string): Promise<JwkProvisionerKey> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const key: JWK = { use: "sig", ...publicJwk, kid: await calculateJwkThumbprint(publicJwk), alg: "ES256" };
  const privateJwk = { ...key, ...(await exportJWK(privateKey)) };
  const encryptedKey = await new CompactEncrypt(Buffer.from(JSON.stringify(privateJwk)))
    .setProtectedHeader({ alg: "PBES2-HS256+A128KW", enc: "A256GCM", cty: "jwk+json" })
    .setKeyManagementParameters({ p2c: ITERATIONS })
    .encrypt(Buffer.from(password, "utf8"));
  return { key, encryptedKey };
}
