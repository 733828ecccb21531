import { formatInstant } from "../words/instant";
import { generationLabel } from "./authorityPart";
import { type ExistingGeneration, type Generation, takesAnotherTurn } from "./generation";
import { compromisedOf, generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";
import { crossBeginning, crossEnd, intermediateEnd, intermediateBeginning, rootBeginning, rootEnd } from "./validity";

/** A certificate that exists while its generations do. It is the same at every instant at which it exists. */
export interface AuthorityCertificate {
  /**
   * `root`, `root-g2`; `intermediate`, `intermediate-g3`, and under a later root `intermediate-g3-root-g2`; for a cross
   * certificate `root-g2-by-root-g1`. Unique, for resources and files.
   */
  readonly name: string;
  /**
   * `cross`: a certificate by another root for a root's name and key. Its subject key identifier is copied from the
   * subject's own certificate, and its authority key identifier holds only the key's.
   */
  readonly kind: "root" | "intermediate" | "cross";
  /** The generation whose name and key it certifies, of the intermediate or else of the root. */
  readonly subject: number;
  /** The generation of the root that signs it; for a root, its own. */
  readonly issuer: number;
  /**
   * RFC 3339: the certificate is valid from here, or from its issue if that is earlier, which only generation 0 can be;
   * never before its issuer. Absent, like notAfter, if the program decides: for an existing root or a root without a
   * schedule, and for an intermediate if neither it nor the root has a schedule.
   */
  readonly notBefore?: string;
  /** RFC 3339. */
  readonly notAfter?: string;
  /** Absent: the program's path length, for an intermediate, or for a root without a schedule. */
  readonly pathLength?: number | "unlimited";
  /**
   * Whether it may be issued before its notBefore, because its key or its issuer's takes the turn of a compromised one.
   * It is then valid from its issue, or with its issuer. Absent otherwise.
   */
  readonly mayBeginEarlier?: true;
}

/** Leaves room below a cross certificate for the intermediate only. */
const CROSS_PATH_LENGTH = 1;

/**
 * The certificates that exist at an instant: roots, then intermediates, then cross certificates.
 *
 * @param rotation must pass {@link checkRotation}
 */
export function certificatesAt(rotation: Rotation, at: Instant): AuthorityCertificate[] {
  const roots = generationsOf(rotation, "root", at);
  const intermediates = generationsOf(rotation, "intermediate", at);
  return [
    ...roots.map((root) => rootCertificate(rotation, root)),
    ...intermediates.flatMap((intermediate) =>
      roots
        .filter((root) => servesUnder(intermediate, root))
        .map((root) => intermediateCertificate(rotation, intermediate, root)),
    ),
    ...roots
      .slice(1)
      .flatMap((next, index) => roots.slice(index, index + 1).flatMap((old) => crossCertificate(rotation, old, next))),
  ];
}

/**
 * The certificates that may exist at an instant and are out of service. They are in the program so that they can be revoked;
 * nothing serves them. Those of and by compromised keys stay as long as the key is named, and the certificate of an old root
 * under the next one as long as the old one retires. Some may never have been issued: only the run that first knew of a
 * compromise could tell.
 *
 * @param rotation must pass {@link checkRotation}
 */
export function withdrawnCertificatesAt(rotation: Rotation, at: Instant): AuthorityCertificate[] {
  const trustedRoots = generationsOf(rotation, "root", at);
  const trusted = generationsOf(rotation, "intermediate", at);
  const compromisedRoots = compromisedOf(rotation, "root", at);
  const compromised = compromisedOf(rotation, "intermediate", at);
  const under = (intermediates: readonly Generation[], roots: readonly Generation[]): AuthorityCertificate[] =>
    intermediates.flatMap((intermediate) =>
      roots
        .filter((root) => servesUnder(intermediate, root))
        .map((root) => intermediateCertificate(rotation, intermediate, root)),
    );
  return [
    ...compromisedRoots.map((root) => rootCertificate(rotation, root)),
    ...under(compromised, [...compromisedRoots, ...trustedRoots]),
    ...under(trusted, compromisedRoots),
    // Of a root's certificates by others, only that by a root which still retires can be revoked.
    ...trustedRoots
      .filter(({ state }) => state === "retiring")
      .flatMap((old) =>
        compromisedRoots
          .filter(
            ({ number, activeFrom }) => number > old.number && activeFrom === old.retiringFrom && activeFrom <= at,
          )
          .flatMap((next) => crossCertificate(rotation, old, { ...next, state: "active" })),
      ),
    ...crossesOfOldRoots(rotation, at),
  ];
}

/**
 * The cross certificates of old roots under the next ones, which were published then. Each has gone into leaves, so whoever has
 * the key of the old root could use it against clients that know only the next one.
 */
function crossesOfOldRoots(rotation: Rotation, at: Instant): AuthorityCertificate[] {
  if (rotation.schedules.root === undefined) {
    return [];
  }
  const roots = generationsOf(rotation, "root", at);
  const inUse = roots.filter(({ state }) => state !== "published");
  const under = (old: Generation, follows: (next: Generation) => boolean): AuthorityCertificate[] =>
    inUse
      .filter((next) => next.number > old.number && follows(next))
      .flatMap((next) => crossCertificate(rotation, { ...old, state: "active" }, { ...next, state: "published" }));
  return [
    ...roots
      .filter(({ state }) => state === "retiring")
      .flatMap((old) => under(old, ({ activeFrom }) => activeFrom === old.retiringFrom)),
    ...compromisedOf(rotation, "root", at).flatMap((old) =>
      under(old, ({ activeFrom }) => activeFrom <= old.scheduled.activeFrom),
    ),
  ];
}

/** The name of a root's certificate. */
export function rootName(root: number): string {
  return generationLabel("root", root);
}

/** The name of an intermediate's certificate under a root. */
export function intermediateName(intermediate: number, root: number): string {
  return generationLabel("intermediate", intermediate) + (root === 0 ? "" : `-${rootName(root)}`);
}

/** The name of a cross certificate. */
export function crossName(subject: number, issuer: number): string {
  return `${rootName(subject)}-by-${rootName(issuer)}`;
}

/** Whether a root can sign the next one. The path from it leads through the next root and the intermediate. */
export function canSignNext({ existingRoot }: Rotation, root: number): boolean {
  return (
    root > 0 ||
    existingRoot === undefined ||
    existingRoot.pathLength === "unlimited" ||
    existingRoot.pathLength > CROSS_PATH_LENGTH
  );
}

/**
 * Whether an intermediate has a certificate under a root. It has one under each root that is active during its own time.
 */
export function servesUnder(intermediate: Generation, root: Generation): boolean {
  return Math.max(intermediate.activeFrom, root.activeFrom) < Math.min(intermediate.retiringFrom, root.retiringFrom);
}

function rootCertificate(rotation: Rotation, root: Generation): AuthorityCertificate {
  const own = { name: rootName(root.number), kind: "root" as const, subject: root.number, issuer: root.number };
  if (root.number === 0 && rotation.existingRoot !== undefined) {
    return { ...own, pathLength: rotation.existingRoot.pathLength };
  }
  return rotation.schedules.root === undefined
    ? own
    : {
        ...own,
        ...validity(rootBeginning(rotation, root), rootEnd(rotation, root), [root]),
        pathLength: "unlimited",
      };
}

/** The certificate of an intermediate under a root. */
export function intermediateCertificate(
  rotation: Rotation,
  intermediate: Generation,
  root: Generation,
): AuthorityCertificate {
  return {
    name: intermediateName(intermediate.number, root.number),
    kind: "intermediate",
    subject: intermediate.number,
    issuer: root.number,
    ...validity(intermediateBeginning(rotation, intermediate, root), intermediateEnd(rotation, intermediate, root), [
      intermediate,
      root,
    ]),
  };
}

/**
 * The cross certificate: while the next root is published, for the old root under it; while the old root retires, for
 * the next root under the old one.
 */
function crossCertificate(
  rotation: Rotation,
  old: ExistingGeneration,
  next: ExistingGeneration,
): AuthorityCertificate[] {
  const [subject, issuer] = next.state === "published" ? [old, next] : [next, old];
  if (issuer === old && !canSignNext(rotation, old.number)) {
    return [];
  }
  return [
    {
      name: crossName(subject.number, issuer.number),
      kind: "cross",
      subject: subject.number,
      issuer: issuer.number,
      ...validity(crossBeginning(rotation, old, next), crossEnd(rotation, old), [next]),
      pathLength: CROSS_PATH_LENGTH,
    },
  ];
}

function validity(
  notBefore: Instant,
  notAfter: Instant,
  generations: readonly Generation[],
): Pick<AuthorityCertificate, "notBefore" | "notAfter" | "mayBeginEarlier"> {
  if (notAfter === Infinity) {
    return {};
  }
  const isEarly = generations.some(takesAnotherTurn);
  return {
    ...{ notBefore: formatInstant(notBefore), notAfter: formatInstant(notAfter) },
    ...(isEarly ? { mayBeginEarlier: true } : {}),
  };
}
