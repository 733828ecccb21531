import { createCipheriv, createDecipheriv, timingSafeEqual } from "node:crypto";
import { PkiError } from "../errors";

/** A type of management key: SP 800-78-4, table 6-2, and AES, which Yubico supports from firmware 5.4. */
export interface ManagementKeyType {
  readonly name: "3DES" | "AES-128" | "AES-192" | "AES-256";
  /** The octet that identifies it to the card. */
  readonly identifier: number;
  /** The length of the key in octets. */
  readonly keyLength: number;
  /** The length in octets of a witness, a challenge and their cryptograms. */
  readonly blockLength: number;
  /** Node's name of the cipher. Only one block is used. */
  readonly cipher: string;
}

/** Every type of management key. */
export const MANAGEMENT_KEY_TYPES: readonly ManagementKeyType[] = [
  { name: "3DES", identifier: 0x03, keyLength: 24, blockLength: 8, cipher: "des-ede3-ecb" },
  { name: "AES-128", identifier: 0x08, keyLength: 16, blockLength: 16, cipher: "aes-128-ecb" },
  { name: "AES-192", identifier: 0x0a, keyLength: 24, blockLength: 16, cipher: "aes-192-ecb" },
  { name: "AES-256", identifier: 0x0c, keyLength: 32, blockLength: 16, cipher: "aes-256-ecb" },
];

/** The factory management key of a YubiKey, in hex. Runs warn about it. */
export const DEFAULT_MANAGEMENT_KEY = "010203040506070801020304050607080102030405060708";

/**
 * Reads a management key.
 *
 * @param text 32, 48 or 64 hex digits
 * @throws PkiError `INPUT_INVALID`, without the key
 */
export function parseManagementKey(text: string): Buffer {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i.test(text)) {
    throw new PkiError(
      "INPUT_INVALID",
      "the management key must have 32, 48 or 64 hex digits",
      "Give the management key of the YubiKey: 48 digits for 3DES and AES-192, 32 for AES-128, 64 for AES-256",
    );
  }
  return Buffer.from(text, "hex");
}

/** The type that an octet of the card names. */
export function managementKeyTypeOf(identifier: number | undefined): ManagementKeyType | undefined {
  return MANAGEMENT_KEY_TYPES.find((type) => type.identifier === identifier);
}

/** Decrypts the witness, one block. This proves that the host knows the key. */
export function decryptWitness({ cipher }: ManagementKeyType, key: Uint8Array, witness: Uint8Array): Buffer {
  const decipher = createDecipheriv(cipher, key, null).setAutoPadding(false);
  return Buffer.concat([decipher.update(witness), decipher.final()]);
}

/** Whether the card's answer to a challenge proves that it knows the key, compared in constant time. */
export function provesKey(
  { cipher }: ManagementKeyType,
  key: Uint8Array,
  challenge: Uint8Array,
  answer: Uint8Array,
): boolean {
  const encryption = createCipheriv(cipher, key, null).setAutoPadding(false);
  const expected = Buffer.concat([encryption.update(challenge), encryption.final()]);
  return answer.length === expected.length && timingSafeEqual(answer, expected);
}
