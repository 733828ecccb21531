/** A private key in a PEM text. */
export interface PrivateKeyBlock {
  /** The label after BEGIN: `PRIVATE KEY`, `OPENSSH PRIVATE KEY`. */
  readonly label: string;
  /** Cipher and initialization vector of OpenSSL's old encryption (RFC 1421, 4.6.1.3): `AES-256-CBC,00112233...`. */
  readonly dekInfo: string | undefined;
  /** The decoded content; undefined if it is not base64. */
  readonly data: Buffer | undefined;
}

const OPENSSH_LABEL = "OPENSSH PRIVATE KEY";

/**
 * The complete private keys in a text. Line ends, indentation, a byte order mark and any text around the keys are ignored.
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

/** Whether a text holds a private key under a passphrase, in PKCS#8, OpenSSL's old format or OpenSSH's format. */
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
