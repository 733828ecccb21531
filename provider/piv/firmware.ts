/**
 * Whether a firmware is at least as new as another.
 *
 * @param firmware for example `5.2.4`
 */
export function isAtLeast(firmware: string, least: string): boolean {
  const parts = numbers(firmware);
  for (const [index, number] of numbers(least).entries()) {
    const difference = (parts[index] ?? 0) - number;
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}

/** Whether a firmware supports Yubico's GET METADATA. */
export function hasMetadata(firmware: string): boolean {
  return isAtLeast(firmware, "5.3.0");
}

/**
 * Whether RSA keys that a firmware generates can be calculated from their public half: 4.2.6 to 4.3.4 (CVE-2017-15361,
 * Yubico's advisory YSA-2017-01).
 */
export function makesWeakRsaKeys(firmware: string): boolean {
  return isAtLeast(firmware, "4.2.0") && !isAtLeast(firmware, "4.3.5");
}

/**
 * The most octets that a stored certificate may have (Yubico's user's manual for the PIV application, certificate sizes).
 */
export function certificateLimit(firmware: string): number {
  return isAtLeast(firmware, "4.0.0") ? 3052 : 2025;
}

function numbers(firmware: string): number[] {
  return firmware.split(".").map(Number);
}
