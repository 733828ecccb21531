import { canSignNext, crossName, intermediateName, rootName, servesUnder } from "./certificates";
import { type ExistingGeneration, generationsAt } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant, Schedule } from "./schedule";

/** What ca.json says of the generations, and what goes with it into the trust files of SSH. */
export interface CaConfigState {
  /** Names of certificates, the active root first. */
  readonly root: readonly string[];
  /**
   * Names of certificates, as they go into the bundle: the intermediate that issues, then the one cross if there is one,
   * then by option the retiring intermediates. Never a self-signed root, and no subject twice.
   */
  readonly crt: readonly string[];
  /** The intermediate's generation whose key signs. */
  readonly key: number;
  readonly ssh: SshState;
}

/** What ca.json says of the SSH keys. Of no account for an authority without them. */
export interface SshState {
  /** The generation of `ssh.userKey`. */
  readonly userKey: number;
  /** The generation of `ssh.hostKey`. */
  readonly hostKey: number;
  /** The entries of `ssh.keys`, in order: the other generations, each twice. step-ca adds the active one itself. */
  readonly keys: readonly SshKeyEntry[];
  /** The generations of the user key in TrustedUserCAKeys, the active one first. */
  readonly trustedUserCaKeys: readonly number[];
  /** The generations of the host key in the `@cert-authority` lines, the active one first. */
  readonly certAuthority: readonly number[];
}

/** An entry of `ssh.keys`, whose `key` is the generation's public JWK. */
export interface SshKeyEntry {
  readonly type: "user" | "host";
  readonly generation: number;
  /** false: /ssh/roots and the renewal of host certificates; true: /ssh/federation and step's templates. */
  readonly federated: boolean;
}

/** The content of ca.json at an instant. */
export function caConfigAt(rotation: Rotation, at: Instant): CaConfigState {
  const roots = activeFirst(rotation.schedules.root, at);
  const [root, ...otherRoots] = roots;
  const [intermediate, ...otherIntermediates] = activeFirst(rotation.schedules.intermediate, at);
  const retiring = rotation.retiringIntermediatesInCrt
    ? otherIntermediates.filter(({ state }) => state === "retiring").reverse()
    : [];
  const users = activeFirst(rotation.schedules["ssh-user"], at);
  const hosts = activeFirst(rotation.schedules["ssh-host"], at);
  return {
    root: roots.map(({ number }) => rootName(number)),
    crt: [
      intermediateName(intermediate.number, root.number),
      ...crossInCrt(rotation, root, otherRoots),
      ...retiring.flatMap((old) => {
        const latest = roots.filter((under) => servesUnder(old, under)).sort((a, b) => b.number - a.number)[0];
        return latest === undefined ? [] : [intermediateName(old.number, latest.number)];
      }),
    ],
    key: intermediate.number,
    ssh: {
      userKey: users[0].number,
      hostKey: hosts[0].number,
      keys: [...entries("host", hosts), ...entries("user", users)],
      trustedUserCaKeys: users.map(({ number }) => number),
      certAuthority: hosts.map(({ number }) => number),
    },
  };
}

/** The rules see to it that no root retires while another is published. */
function crossInCrt(rotation: Rotation, active: ExistingGeneration, others: readonly ExistingGeneration[]): string[] {
  const [other] = others;
  if (other === undefined) {
    return [];
  }
  return other.state === "published" || canSignNext(rotation, other.number)
    ? [crossName(active.number, other.number)]
    : [];
}

function entries(type: SshKeyEntry["type"], [, ...others]: readonly ExistingGeneration[]): SshKeyEntry[] {
  return others.flatMap(({ number }) => [false, true].map((federated) => ({ type, generation: number, federated })));
}

/** The generations that exist, the active one first, the others by number. */
function activeFirst(schedule: Schedule | undefined, at: Instant): [ExistingGeneration, ...ExistingGeneration[]] {
  const existing = generationsAt(schedule, at);
  const active = existing.find(({ state }) => state === "active");
  if (active === undefined) {
    throw new Error("no generation is active"); // cannot be: each one's activity begins where another's ends
  }
  return [active, ...existing.filter((other) => other !== active)];
}
