const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let remainder = octet;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  }
  return remainder;
});

/** The CRC-32C (Castagnoli, RFC 3720) of bytes, from 0 to 2^32-1, which Cloud KMS sends beside every field. */
export function crc32c(octets: Uint8Array): number {
  const remainder = octets.reduce((crc, octet) => (crc >>> 8) ^ (TABLE[(crc ^ octet) & 0xff] ?? 0), 0xffffffff);
  return (remainder ^ 0xffffffff) >>> 0;
}
