import { createHash } from "node:crypto";

/** An SSH public key, read from OpenSSH's form. */
export interface SshPublicKeyLine {
  /** `ecdsa-sha2-nistp256 AAAA...`, with any comment. */
  readonly line: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Reads one line in OpenSSH's format (RFC 4253, section 6.6); undefined if it is not one. */
export function parseSshPublicKey(text: string): SshPublicKeyLine | undefined {
  const [, line, type, base64] = /^(([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?)\n?$/.exec(text) ?? [];
  if (line === undefined || type === undefined || base64 === undefined) {
    return undefined;
  }
  const blob = Buffer.from(base64, "base64");
  const named = blob.length < 4 ? "" : blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
  if (named !== type) {
    return undefined;
  }
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { line, fingerprint: `SHA256:${digest}` };
}
