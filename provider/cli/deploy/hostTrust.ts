import { X509Certificate } from "node:crypto";
import { certificationPath, isIssuedBy, isSelfSigned } from "../../x509/certificationPath";
import { isJsonObject, type JsonObject } from "../../stepca/jsonObject";
import { sshKeyFingerprints, type SshKeyType } from "../../stepca/sshKeys";

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

const SSH_KEY_TYPES: readonly SshKeyType[] = ["user", "host"];

/** The SSH keys that a ca.json lists, and those that it signs with. */
export function sshTrust(config: JsonObject, active: Readonly<Partial<Record<SshKeyType, string>>>): HostTrust["ssh"] {
  const keys = isJsonObject(config["ssh"]) ? config["ssh"]["keys"] : undefined;
  const of = (type: SshKeyType): HostTrust["ssh"][SshKeyType] => ({
    active: isJsonObject(config["ssh"]) ? active[type] : undefined,
    others: sshKeyFingerprints(keys, type),
  });
  return { user: of("user"), host: of("host") };
}

/** The reasons why one host does not trust what another uses; empty if it trusts all of it. */
export function distrust(one: HostTrust, other: HostTrust): string[] {
  return [
    ...(leadsTo(other.issuers, one.roots)
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
