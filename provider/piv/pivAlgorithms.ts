import { PkiError } from "../errors";
import type { Algorithm } from "../kms/algorithms";

/** When a key requires the PIN: never, once a session, or before each signature. */
export type PinPolicy = "never" | "once" | "always";

/** When a key requires a touch of the device: never, for each signature, or once in 15 seconds. */
export type TouchPolicy = "never" | "always" | "cached";

/**
 * The algorithm identifiers of SP 800-78-4, table 6-2; those above RSA 2048 and Ed25519 are Yubico's (firmware 5.7).
 */
const IDENTIFIERS = {
  ECDSA_P256: 0x11,
  ECDSA_P384: 0x14,
  RSA_2048_PKCS1: 0x07,
  RSA_3072_PKCS1: 0x05,
  RSA_4096_PKCS1: 0x16,
  ED25519: 0xe0,
} as const satisfies Partial<Record<Algorithm, number>>;

/** An algorithm that the PIV application of at least one YubiKey supports. */
export type PivAlgorithm = keyof typeof IDENTIFIERS;

/** Every algorithm that the PIV application of at least one YubiKey supports. */
export const PIV_ALGORITHMS = Object.keys(IDENTIFIERS) as PivAlgorithm[];

/** Whether the PIV application of at least one YubiKey supports an algorithm. */
export function isPivAlgorithm(algorithm: Algorithm): algorithm is PivAlgorithm {
  return Object.hasOwn(IDENTIFIERS, algorithm);
}

/**
 * Returns the algorithm if PIV supports it.
 *
 * @throws PkiError `ALGORITHM_UNSUPPORTED`
 */
export function requirePivAlgorithm(algorithm: Algorithm): PivAlgorithm {
  if (!isPivAlgorithm(algorithm)) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the PIV application of a YubiKey does not support ${algorithm}`,
      `Choose one of ${PIV_ALGORITHMS.join(", ")}`,
    );
  }
  return algorithm;
}

/** The octet that identifies an algorithm to the card. */
export function algorithmIdentifier(algorithm: PivAlgorithm): number {
  return IDENTIFIERS[algorithm];
}

/** The algorithm that an octet of the card names; undefined for algorithms that this package does not sign with. */
export function algorithmOfIdentifier(identifier: number | undefined): PivAlgorithm | undefined {
  return PIV_ALGORITHMS.find((algorithm) => IDENTIFIERS[algorithm] === identifier);
}

/** Yubico's octets for PIN policies, which it adds to GENERATE ASYMMETRIC KEY PAIR (tag AA). */
export const PIN_POLICIES: Readonly<Record<PinPolicy, number>> = { never: 1, once: 2, always: 3 };

/** Yubico's octets for touch policies, which it adds to GENERATE ASYMMETRIC KEY PAIR (tag AB). */
export const TOUCH_POLICIES: Readonly<Record<TouchPolicy, number>> = { never: 1, always: 2, cached: 3 };

/** The PIN policy that an octet names; undefined for the card's default and for the policies of fingerprint readers. */
export function pinPolicyOf(octet: number | undefined): PinPolicy | undefined {
  return (Object.keys(PIN_POLICIES) as PinPolicy[]).find((policy) => PIN_POLICIES[policy] === octet);
}

/** The touch policy that an octet names; undefined for the card's default. */
export function touchPolicyOf(octet: number | undefined): TouchPolicy | undefined {
  return (Object.keys(TOUCH_POLICIES) as TouchPolicy[]).find((policy) => TOUCH_POLICIES[policy] === octet);
}
