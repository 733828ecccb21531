import { certAuthorityLines, trustedUserCaKeys } from "../ssh/trustLines";
import type { Generations } from "./generations";

/**
 * What SSH servers and clients need while keys are rotated: every user CA's key for sshd's `TrustedUserCAKeys`, and every
 * host CA's key as a line of known_hosts, under OpenSSH's own name for such a file of all users.
 */
export const TRUST_FILES = { user: "ssh_trusted_user_ca_keys", host: "ssh_known_hosts" } as const;

/** The trust files of an authority whose SSH keys are rotated; none of any other. */
export function trustFiles({ sshUserKeys, sshHostKeys }: Generations): { name: string; content: string }[] {
  const isRotated = [...sshUserKeys, ...sshHostKeys].some(({ generation }) => generation !== undefined);
  if (!isRotated) {
    return [];
  }
  const lines = (keys: Generations["sshUserKeys"]): string[] => keys.map(({ publicKey }) => publicKey.line);
  return [
    { name: TRUST_FILES.user, content: trustedUserCaKeys(lines(sshUserKeys)) },
    { name: TRUST_FILES.host, content: `${certAuthorityLines(lines(sshHostKeys))}\n` },
  ];
}
