import { createHash } from "node:crypto";
import { algorithmRow } from "../kms/algorithms";
import type { PivAlgorithm } from "./pivAlgorithms";

/** DigestInfo of SHA-256 up to the digest: RFC 8017, 9.2, note 1. */
const SHA256_DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/**
 * The input to sign, for GENERAL AUTHENTICATE's challenge. The card neither hashes nor pads (SP 800-73-4 part 2,
 * appendix A), so this is the digest for ECDSA and the padded block for RSA (RFC 8017, 9.2). For Ed25519, which the
 * card hashes itself, it is the message.
 */
export function signatureInput(algorithm: PivAlgorithm, message: Uint8Array): Buffer {
  const { hash, generate } = algorithmRow(algorithm);
  if (hash === null) {
    return Buffer.from(message);
  }
  const digest = createHash(hash).update(message).digest();
  return generate.type === "rsa" ? paddedBlock(digest, generate.modulusLength / 8) : digest;
}

function paddedBlock(digest: Buffer, length: number): Buffer {
  const info = Buffer.concat([SHA256_DIGEST_INFO, digest]);
  const padding = Buffer.alloc(length - info.length - 3, 0xff);
  return Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info]);
}
