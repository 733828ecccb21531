import { execFile } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool } from "../tools";

/** A digest that a request can carry. */
export type DigestName = "sha256" | "sha384" | "sha512";

/** The properties of an algorithm of Cloud KMS: https://cloud.google.com/kms/docs/algorithms. */
export interface CloudKmsAlgorithm {
  readonly purpose: "ASYMMETRIC_SIGN" | "ASYMMETRIC_DECRYPT" | "ENCRYPT_DECRYPT";
  /** Absent if there is no public key. */
  readonly key?: { readonly type: "ec" | "rsa" | "ed25519"; readonly curve?: string; readonly bits?: number };
  /** The digest that is signed; absent if the data itself is. */
  readonly digest?: DigestName;
  readonly padding?: "pkcs1" | "pss";
  /** Whether Google supports it in software. An HSM supports all, except Ed25519 at times. */
  readonly hsmOnly?: true;
}

const ec = (curve: string, digest: DigestName): CloudKmsAlgorithm => ({
  purpose: "ASYMMETRIC_SIGN",
  key: { type: "ec", curve },
  digest,
});
const rsa = (padding: "pkcs1" | "pss", bits: number, digest: DigestName = "sha256"): CloudKmsAlgorithm => ({
  purpose: "ASYMMETRIC_SIGN",
  key: { type: "rsa", bits },
  digest,
  padding,
});
const decrypting = (bits: number): CloudKmsAlgorithm => ({ purpose: "ASYMMETRIC_DECRYPT", key: { type: "rsa", bits } });

/** By the API's name. Algorithms that do not sign are included because people give such keys by mistake. */
export const ALGORITHMS: Readonly<Record<string, CloudKmsAlgorithm>> = {
  EC_SIGN_P256_SHA256: ec("prime256v1", "sha256"),
  EC_SIGN_P384_SHA384: ec("secp384r1", "sha384"),
  EC_SIGN_SECP256K1_SHA256: { ...ec("secp256k1", "sha256"), hsmOnly: true },
  EC_SIGN_ED25519: { purpose: "ASYMMETRIC_SIGN", key: { type: "ed25519" } },
  RSA_SIGN_PKCS1_2048_SHA256: rsa("pkcs1", 2048),
  RSA_SIGN_PKCS1_3072_SHA256: rsa("pkcs1", 3072),
  RSA_SIGN_PKCS1_4096_SHA256: rsa("pkcs1", 4096),
  RSA_SIGN_PKCS1_4096_SHA512: rsa("pkcs1", 4096, "sha512"),
  RSA_SIGN_PSS_2048_SHA256: rsa("pss", 2048),
  RSA_SIGN_PSS_3072_SHA256: rsa("pss", 3072),
  RSA_SIGN_PSS_4096_SHA256: rsa("pss", 4096),
  RSA_SIGN_PSS_4096_SHA512: rsa("pss", 4096, "sha512"),
  RSA_DECRYPT_OAEP_2048_SHA256: decrypting(2048),
  RSA_DECRYPT_OAEP_3072_SHA256: decrypting(3072),
  RSA_DECRYPT_OAEP_4096_SHA256: decrypting(4096),
  GOOGLE_SYMMETRIC_ENCRYPTION: { purpose: "ENCRYPT_DECRYPT" },
};

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** The path of the private key for openssl. */
  readonly file: string;
}

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<Pick<KeyPair, "publicKey" | "privateKey">>;

let directory: string | undefined;
let files = 0;

export async function newKeyPair(key: NonNullable<CloudKmsAlgorithm["key"]>): Promise<KeyPair> {
  return withFile(await generate(key.type, { namedCurve: key.curve, modulusLength: key.bits }));
}

/** The key pair of a private key in PEM. */
export function keyPairOf(privateKeyPem: string): KeyPair {
  const privateKey = createPrivateKey(privateKeyPem);
  return withFile({ privateKey, publicKey: createPublicKey(privateKey) });
}

function withFile(pair: Pick<KeyPair, "publicKey" | "privateKey">): KeyPair {
  directory ??= temporaryDirectory();
  files += 1;
  const file = join(directory, `${String(files)}.pem`);
  writeFileSync(file, pair.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return { ...pair, file };
}

/** The digest of data that an algorithm signs. */
export function digestOf(name: DigestName, data: Uint8Array): Buffer {
  return createHash(name).update(data).digest();
}

/** The octets of a digest. */
export const DIGEST_LENGTHS: Readonly<Record<DigestName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** Signs the input of an algorithm: its digest, or the data if it has none. */
export async function signatureOver(octets: Uint8Array, algorithm: CloudKmsAlgorithm, pair: KeyPair): Promise<Buffer> {
  if (algorithm.digest === undefined) {
    return sign(null, octets, pair.privateKey);
  }
  // Node always hashes its input. openssl accepts an existing digest.
  const padding = {
    none: [],
    pkcs1: ["-pkeyopt", "rsa_padding_mode:pkcs1"],
    pss: ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"],
  }[algorithm.padding ?? "none"];
  const args = ["pkeyutl", "-sign", "-inkey", pair.file, ...padding, "-pkeyopt", `digest:${algorithm.digest}`];
  const running = promisify(execFile)(findTool("openssl") ?? "openssl", args, { encoding: "buffer" });
  running.child.stdin?.end(octets);
  return (await running).stdout;
}
