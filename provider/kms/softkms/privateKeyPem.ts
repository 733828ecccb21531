/** A private key as it stands in a text. */
export interface PrivateKeyBlock {
  /** What stands after BEGIN: `PRIVATE KEY`, `OPENSSH PRIVATE KEY`. */
  readonly label: string;
  /** Cipher and initialization vector of OpenSSL's old encryption (RFC 1421, 4.6.1.3): `AES-256-CBC,00112233...`. */
  readonly dekInfo: string | undefined;
  /** Undefined when it is no base64. */
  readonly data: Buffer | undefined;
}

const OPENSSH_LABEL = "OPENSSH PRIVATE KEY";

/**
 * The private keys of a text, whole ones alone. Line ends, indentation, a byte order mark and whatever stands before,
 * between and after the keys do not count.
 */
export function privateKeyBlocks(text: string): PrivateKeyBlock[] {
  return [...text.matchAll(/-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([^]*?)-----END \1-----/g)].map(
    ([, label = "", body = ""]) => {
      const lines = body.split(/\r\n?|\n/).map((line) => line.trim());
      const base64 = lines.filter((line) => !line.includes(":")).join("");
      const dekInfo = lines.find((line) => line.startsWith("DEK-Info:"))?.slice("DEK-Info:".length);
      const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
      return { label, dekInfo: dekInfo?.trim(), data: isBase64 ? Buffer.from(base64, "base64") : undefined };
    },
  );
}

/** Whether a text holds a private key under a passphrase, in the PKCS#8 form, OpenSSL's old one or OpenSSH's. */
export function isEncrypted(text: string): boolean {
  return (
    /-----BEGIN ENCRYPTED PRIVATE KEY-----|^\s*Proc-Type: 4,ENCRYPTED/m.test(text) ||
    privateKeyBlocks(text).some(({ label, data }) => label === OPENSSH_LABEL && isEncryptedOpenSsh(data))
  );
}

/** OpenSSH's PROTOCOL.key: the magic text is followed by the name of the cipher. */
function isEncryptedOpenSsh(data: Buffer | undefined): boolean {
  return data !== undefined && data.indexOf("openssh-key-v1\0\0\0\0\x04none", 0, "latin1") !== 0;
}
