import { parseInstant } from "../words/instant";
import { type AuthorityPart, readGenerationLabel } from "./authorityPart";
import { type Instant, milliseconds, readSchedule, type RotationSchedule, type Schedule } from "./schedule";

/**
 * How the keys of an authority rotate: an argument of the component, and the object `kms-pki:rotation` in the stack's
 * config. A part without a schedule keeps its single key. Write durations like `30d` and `1h30m`.
 */
export interface RotationArgs {
  readonly root?: RotationSchedule;
  readonly intermediate?: RotationSchedule;
  /** A schedule for both SSH keys, or one for each. */
  readonly ssh?: RotationSchedule | { readonly user?: RotationSchedule; readonly host?: RotationSchedule };
  /**
   * The longest lifetimes of certificates that step-ca issues: the largest `max*Duration` of `authority.claims` and of
   * all provisioners, in this ca.json and the one before it. Default step-ca's own: `24h`, `24h` and `30d`.
   */
  readonly longestLeaf?: { readonly tls?: string; readonly sshUser?: string; readonly sshHost?: string };
  /** The longest time until every client has fetched the roots and SSH CA keys again. Default `24h`. */
  readonly clientRefresh?: string;
  /** How late a run of `pulumi up`, including the handover to step-ca, may be. Default `24h`. */
  readonly lateness?: string;
  /** How far two clocks may differ. Default `5m`. */
  readonly clockSkew?: string;
  /** step-ca's `authority.backdate`: how far it backdates leaves. Default `1m`. */
  readonly backdate?: string;
  /**
   * Also puts the retiring intermediates into `crt`, for clients that send their leaf without its intermediate. step-ca
   * then serves them with every leaf and combines the name constraints of all. Default false.
   */
  readonly retiringIntermediatesInCrt?: boolean;
  /** The facts about an existing root, which becomes generation 0 unchanged. */
  readonly existingRoot?: ExistingRootArgs;
  /** The validity of an adopted intermediate, which becomes generation 0 unchanged. */
  readonly existingIntermediate?: ExistingIntermediateArgs;
  /**
   * The generations, by label (`root-g1`), whose live certificates a late run may break. Remove them after that run.
   */
  readonly allowGaps?: readonly string[];
  /**
   * The generations, by label (`intermediate`, `root-g1`), whose keys are compromised. The same as `compromised` of the
   * authority, which also works without a schedule.
   */
  readonly compromised?: readonly string[];
}

/** The facts in an adopted intermediate's certificate. */
export interface ExistingIntermediateArgs {
  /** RFC 3339. */
  readonly notBefore: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/** The facts in an existing root's certificate. */
export interface ExistingRootArgs {
  /**
   * Its path length. Default `unlimited`. A root with path length 1, as the init tools make it, cannot sign the next root.
   */
  readonly pathLength?: number | "unlimited";
  /** RFC 3339. */
  readonly notBefore: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/** The margins of the rules, in milliseconds. */
interface RotationMargins {
  readonly longestLeaf: { readonly tls: number; readonly sshUser: number; readonly sshHost: number };
  readonly clientRefresh: number;
  readonly lateness: number;
  readonly clockSkew: number;
  readonly backdate: number;
}

/** The period in which a certificate that was not made under the rotation is valid. */
interface ExistingValidity {
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** A root that was not made under the rotation. */
interface ExistingRoot extends ExistingValidity {
  readonly pathLength: number | "unlimited";
}

/** {@link RotationArgs}, read and completed. */
export interface Rotation {
  readonly schedules: Readonly<Partial<Record<AuthorityPart, Schedule>>>;
  readonly margins: RotationMargins;
  readonly retiringIntermediatesInCrt: boolean;
  readonly existingRoot?: ExistingRoot;
  readonly existingIntermediate?: ExistingValidity;
  readonly allowGaps: readonly string[];
  /** The numbers of the compromised generations, by part. */
  readonly compromised: Readonly<Record<AuthorityPart, readonly number[]>>;
}

/** The default durations. */
export const ROTATION_DEFAULTS = {
  longestLeaf: { tls: "24h", sshUser: "24h", sshHost: "30d" },
  clientRefresh: "24h",
  lateness: "24h",
  clockSkew: "5m",
  backdate: "1m",
} as const;

/** The schedules of a rotation by part, with the paths of their properties below it (`ssh.user`). */
export function schedulesOf(args: RotationArgs): { part: AuthorityPart; path: string; schedule: RotationSchedule }[] {
  const { root, intermediate, ssh } = args;
  const both = ssh !== undefined && "start" in ssh;
  const [user, host] = both ? [ssh, ssh] : [ssh?.user, ssh?.host];
  const found: [AuthorityPart, string, RotationSchedule | undefined][] = [
    ["root", "root", root],
    ["intermediate", "intermediate", intermediate],
    ["ssh-user", both ? "ssh" : "ssh.user", user],
    ["ssh-host", both ? "ssh" : "ssh.host", host],
  ];
  return found.flatMap(([part, path, schedule]) => (schedule === undefined ? [] : [{ part, path, schedule }]));
}

/**
 * Reads a rotation that was checked, and fills in the defaults.
 *
 * @throws PkiError `INPUT_INVALID` for an unchecked rotation that is invalid
 */
export function readRotation(args: RotationArgs): Rotation {
  const longestLeaf = { ...ROTATION_DEFAULTS.longestLeaf, ...args.longestLeaf };
  const durations = { ...ROTATION_DEFAULTS, ...args };
  return {
    schedules: Object.fromEntries(schedulesOf(args).map(({ part, schedule }) => [part, readSchedule(schedule)])),
    margins: {
      longestLeaf: {
        tls: milliseconds(longestLeaf.tls),
        sshUser: milliseconds(longestLeaf.sshUser),
        sshHost: milliseconds(longestLeaf.sshHost),
      },
      clientRefresh: milliseconds(durations.clientRefresh),
      lateness: milliseconds(durations.lateness),
      clockSkew: milliseconds(durations.clockSkew),
      backdate: milliseconds(durations.backdate),
    },
    retiringIntermediatesInCrt: args.retiringIntermediatesInCrt ?? false,
    ...(args.existingRoot === undefined ? {} : { existingRoot: readExistingRoot(args.existingRoot) }),
    ...(args.existingIntermediate === undefined
      ? {}
      : { existingIntermediate: readExistingValidity(args.existingIntermediate) }),
    allowGaps: args.allowGaps ?? [],
    compromised: readCompromised(args.compromised ?? []),
  };
}

function readCompromised(labels: readonly string[]): Rotation["compromised"] {
  const found = labels.map(readGenerationLabel);
  const of = (wanted: AuthorityPart): number[] =>
    found.flatMap((generation) => (generation?.part === wanted ? [generation.number] : []));
  return {
    root: of("root"),
    intermediate: of("intermediate"),
    "ssh-user": of("ssh-user"),
    "ssh-host": of("ssh-host"),
  };
}

function readExistingRoot({ pathLength = "unlimited", ...validity }: ExistingRootArgs): ExistingRoot {
  return { pathLength, ...readExistingValidity(validity) };
}

function readExistingValidity({ notBefore, notAfter }: ExistingIntermediateArgs): ExistingValidity {
  return {
    notBefore: parseInstant(notBefore)?.getTime() ?? -Infinity,
    notAfter: parseInstant(notAfter)?.getTime() ?? Infinity,
  };
}
