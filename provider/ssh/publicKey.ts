import { parseKey } from "sshpk";

/** An SSH public key as OpenSSH writes it. */
export interface SshPublicKey {
  /** One line of `authorized_keys`, without a comment: `ecdsa-sha2-nistp256 AAAA...`. */
  readonly line: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Converts a public key from SPKI PEM into OpenSSH's form (RFC 4253, RFC 5656, RFC 8709). */
export function sshPublicKey(publicKeyPem: string): SshPublicKey {
  const key = parseKey(publicKeyPem, "pem");
  key.comment = "";
  return { line: key.toString("ssh").trim(), fingerprint: key.fingerprint("sha256").toString() };
}
