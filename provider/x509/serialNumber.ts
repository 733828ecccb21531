/**
 * A serial number in hex: 16 octets of which 126 bits are random. The first two bits are 01, so that the number is
 * positive and always as long, below the 20 octets of RFC 5280, section 4.1.2.2.
 *
 * @param random gives as many random octets as asked for
 */
export function serialNumber(random: (size: number) => Uint8Array): string {
  const octets = Buffer.from(random(16));
  octets.writeUInt8((octets.readUInt8(0) & 0x3f) | 0x40, 0);
  return octets.toString("hex");
}
