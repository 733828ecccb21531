import { X509Certificate } from "node:crypto";
import { parseSshPublicKey } from "../../ssh/publicKeyLine";
import { isJsonObject, type JsonObject } from "../../stepca/jsonObject";
import { sshKeyFingerprints, type SshKeyType } from "../../stepca/sshKeys";
import { certificationPath, isIssuedBy, isSelfSigned } from "../../x509/certificationPath";
import { readCertificates } from "../../x509/pem";
import type { Chain } from "./servedChain";

/** A ca.json with what its files say: what a host has, or is to have. */
export interface HostState {
  readonly config: JsonObject;
  /** The roots, PEM. */
  readonly rootsPem: string;
  /** What step-ca serves above its own certificate. */
  readonly issuers: Chain;
  /** The SSH CA keys that step-ca signs with, as OpenSSH writes them, if they are known. */
  readonly sshLines: Readonly<Partial<Record<SshKeyType, string>>>;
}

/** What one host of step-ca uses, and what it trusts. */
export interface HostTrust {
  /** The roots that it trusts, the active one first. */
  readonly roots: readonly X509Certificate[];
  /** The certificates that it serves above its own: the intermediate, and cross certificates. */
  readonly issuers: readonly X509Certificate[];
  /** Fingerprints of SSH CA keys (`SHA256:...`): the one that it signs with, if known, and the others that it trusts. */
  readonly ssh: Readonly<
    Record<SshKeyType, { readonly active: string | undefined; readonly others: readonly string[] }>
  >;
}

/** Both kinds of SSH CA keys. */
export const SSH_KEY_TYPES: readonly SshKeyType[] = ["user", "host"];

/** The field of `ssh` in ca.json that names the key that step-ca signs with. */
export const SSH_KEY_FIELDS = { user: "userKey", host: "hostKey" } as const;

/** What a host with a ca.json uses and trusts. */
export function trustOf({ config, rootsPem, issuers, sshLines }: HostState): HostTrust {
  const ssh = sshOf(config);
  const of = (type: SshKeyType): HostTrust["ssh"][SshKeyType] => ({
    active:
      typeof ssh[SSH_KEY_FIELDS[type]] === "string" ? parseSshPublicKey(sshLines[type] ?? "")?.fingerprint : undefined,
    others: sshKeyFingerprints(ssh["keys"], type),
  });
  return {
    roots: rootsPem === "" ? [] : readCertificates(rootsPem, "root"),
    issuers: issuers.map((each) => new X509Certificate(Buffer.from(each, "base64"))),
    ssh: { user: of("user"), host: of("host") },
  };
}

/** The field `ssh` of a ca.json; empty if there is none. */
export function sshOf(config: JsonObject): JsonObject {
  return isJsonObject(config["ssh"]) ? config["ssh"] : {};
}

/** What a host trusts and uses if it also trusts some roots, and the SSH keys that other hosts sign with. */
export function widened(one: HostTrust, roots: readonly X509Certificate[], others: readonly HostTrust[]): HostTrust {
  const keys = (type: SshKeyType): HostTrust["ssh"][SshKeyType] => {
    const inUse = others.map(({ ssh }) => ssh[type].active).filter((key) => key !== undefined);
    return { active: one.ssh[type].active, others: [...one.ssh[type].others, ...inUse] };
  };
  return { ...one, roots: [...one.roots, ...roots], ssh: { user: keys("user"), host: keys("host") } };
}

/** Whether one host trusts the certificates that another serves. */
export function trustsCertificates({ roots }: HostTrust, { issuers }: HostTrust): boolean {
  return leadsTo(issuers, roots);
}

/** The reasons why one host does not trust what another uses; empty if it trusts all of it. */
export function distrust(one: HostTrust, other: HostTrust): string[] {
  return [
    ...(trustsCertificates(one, other)
      ? []
      : ["the certificates that it serves lead to no root that is trusted there"]),
    ...SSH_KEY_TYPES.filter((type) => {
      const { active } = other.ssh[type];
      return active !== undefined && ![one.ssh[type].active, ...one.ssh[type].others].includes(active);
    }).map((type) => `the SSH ${type} CA's key that it signs with is not trusted there`),
  ];
}

/**
 * What may be assumed of a host that cannot be asked, from those that can: it trusts no more than the active root and the SSH keys in use
 * of each, and uses what they use.
 */
export function assumedTrust({ roots, issuers, ssh }: HostTrust): HostTrust {
  const only = (type: SshKeyType): HostTrust["ssh"][SshKeyType] => ({ active: ssh[type].active, others: [] });
  return { roots: roots.slice(0, 1), issuers, ssh: { user: only("user"), host: only("host") } };
}

/** Whether a chain leads to one of some roots, also by a cross certificate in it. */
function leadsTo([first, ...others]: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  if (first === undefined) {
    return true;
  }
  return roots.some((root) => {
    const path = certificationPath(first, [root, ...others.filter((each) => !isSelfSigned(each))]);
    const top = path.at(-1) ?? first;
    return top.raw.equals(root.raw) || isIssuedBy(top, root);
  });
}
