/** The table of the CRC of cksum, most significant bit first. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc;
});

/** The checksum and the size of a content, as POSIX `cksum` prints them: `4294967295 0`. */
export function cksum(content: Uint8Array): string {
  let crc = 0;
  const add = (byte: number): void => {
    crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0);
  };
  content.forEach(add);
  for (let length = content.length; length > 0; length = Math.floor(length / 256)) {
    add(length % 256);
  }
  return `${String(~crc >>> 0)} ${String(content.length)}`;
}
