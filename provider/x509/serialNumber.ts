/**
 * A serial number in hex: 16 octets with 126 random bits. The first two bits are 01, so the number is positive and
 * always has the same length, below the 20 octets of RFC 5280, section 4.1.2.2.
 *
 * @param random returns the requested number of random octets
 */
export function serialNumber(random: (size: number) => Uint8Array): string {
  const octets = Buffer.from(random(16));
  octets.writeUInt8((octets.readUInt8(0) & 0x3f) | 0x40, 0);
  return octets.toString("hex");
}

/** A serial number in lowercase hex, without colons and leading zeros. */
export function canonicalSerialNumber(hex: string): string {
  return hex
    .replaceAll(":", "")
    .toLowerCase()
    .replace(/^0+(?=.)/, "");
}
