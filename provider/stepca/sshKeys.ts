import { createPublicKey, type JsonWebKey } from "node:crypto";
import { isJsonObject } from "./jsonObject";

/** The kind of certificates that an SSH CA's key signs. */
export type SshKeyType = "user" | "host";

/** An entry of `ssh.keys` in ca.json: a key that others should trust, but that the CA does not sign with. */
export interface SshKeyEntry {
  readonly type: SshKeyType;
  readonly federated: boolean;
  /** Only public members (RFC 7517, RFC 7518, RFC 8037), and `kid`. */
  readonly key: JsonWebKey & { readonly kid: string };
}

const KEY_ID_PREFIX = "kms-pki:";

/**
 * An entry for an SSH CA's key that is not yet, or no longer, the active one.
 *
 * @param use step-ca reads entries with `federated: false` for `/ssh/roots` and to renew host certificates, and entries
 * with `federated: true` for `/ssh/federation` and the templates of known_hosts and sshd
 * @param publicKeyPem SPKI PEM of ECDSA P-256, P-384, P-521, Ed25519 or RSA
 * @param fingerprint `SHA256:...` as `ssh-keygen -l` prints it; becomes part of the `kid`, which marks the entry as ours
 */
export function sshKeyEntry(
  { type, federated }: Pick<SshKeyEntry, "type" | "federated">,
  publicKeyPem: string,
  fingerprint: string,
): SshKeyEntry {
  const key = { ...createPublicKey(publicKeyPem).export({ format: "jwk" }), kid: KEY_ID_PREFIX + fingerprint };
  return { type, federated, key };
}

/** Whether {@link sshKeyEntry}, rather than a person, made an entry of `ssh.keys`. */
export function isOwnSshKeyEntry(entry: unknown): boolean {
  return fingerprintIn(entry) !== undefined;
}

/** The fingerprints of the keys of one type among the entries of `ssh.keys` that {@link sshKeyEntry} made. */
export function sshKeyFingerprints(entries: unknown, type: SshKeyType): string[] {
  const own = (Array.isArray(entries) ? (entries as unknown[]) : []).flatMap((entry) =>
    isJsonObject(entry) && entry["type"] === type ? [fingerprintIn(entry)] : [],
  );
  return [...new Set(own.filter((fingerprint) => fingerprint !== undefined))];
}

function fingerprintIn(entry: unknown): string | undefined {
  const key = isJsonObject(entry) ? entry["key"] : undefined;
  const kid = isJsonObject(key) ? key["kid"] : undefined;
  return typeof kid === "string" && kid.startsWith(KEY_ID_PREFIX) ? kid.slice(KEY_ID_PREFIX.length) : undefined;
}
