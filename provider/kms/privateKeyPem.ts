/** Whether a PEM holds a private key under a passphrase, in the PKCS#8 form or OpenSSL's old one. */
export function isEncrypted(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
}
