import { formatInstant } from "../words/instant";
import { generationLabel } from "./authorityPart";
import { type ExistingGeneration, generationsAt } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";
import { crossEnd, intermediateEnd, intermediateBeginning, rootBeginning, rootEnd } from "./validity";

/** A certificate that exists while its generations do. All of it is equal at every instant at which it exists. */
export interface AuthorityCertificate {
  /**
   * `root`, `root-g2`; `intermediate`, `intermediate-g3`, and under a later root `intermediate-g3-root-g2`; of a cross
   * `root-g2-by-root-g1`. For resources and files: another certificate never has the same.
   */
  readonly name: string;
  /**
   * `cross`: another root's certificate of a root's name and key; its subject key identifier is copied from the subject's
   * own certificate, its authority key identifier has the key's alone.
   */
  readonly kind: "root" | "intermediate" | "cross";
  /** The generation whose name and key it certifies: of the intermediate, or else of the root. */
  readonly subject: number;
  /** The generation of the root that signs it. Of a root its own. */
  readonly issuer: number;
  /**
   * RFC 3339: valid from here, or from its issue when that is earlier, which only generation 0 can be; never before its
   * issuer. Absent, as is notAfter, when it is all the program's: a root that exists or has no schedule, and an
   * intermediate when neither it nor the root has a schedule.
   */
  readonly notBefore?: string;
  /** RFC 3339. */
  readonly notAfter?: string;
  /** Absent: what the program says of an intermediate, or of a root without a schedule. */
  readonly pathLength?: number | "unlimited";
}

/** Room for the intermediate below a cross, and for no more. */
const CROSS_PATH_LENGTH = 1;

/**
 * The certificates that exist at an instant: roots, then intermediates, then crosses.
 *
 * @param rotation one that passes {@link checkRotation}
 */
export function certificatesAt(rotation: Rotation, at: Instant): AuthorityCertificate[] {
  const roots = generationsAt(rotation.schedules.root, at);
  const intermediates = generationsAt(rotation.schedules.intermediate, at);
  return [
    ...roots.map((root) => rootCertificate(rotation, root)),
    ...intermediates.flatMap((intermediate) =>
      roots
        .filter((root) => servesUnder(intermediate, root))
        .map((root) => intermediateCertificate(rotation, intermediate, root)),
    ),
    ...roots.flatMap((old) =>
      roots.filter(({ number }) => number === old.number + 1).flatMap((next) => crossCertificate(rotation, old, next)),
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

/** Whether a root can sign the next one: the path from it leads over that and the intermediate. */
export function canSignNext({ existingRoot }: Rotation, root: number): boolean {
  return (
    root > 0 ||
    existingRoot === undefined ||
    existingRoot.pathLength === "unlimited" ||
    existingRoot.pathLength > CROSS_PATH_LENGTH
  );
}

/** An intermediate has a certificate under each root that is active in its own time. */
export function servesUnder(intermediate: ExistingGeneration, root: ExistingGeneration): boolean {
  return Math.max(intermediate.activeFrom, root.activeFrom) < Math.min(intermediate.retiringFrom, root.retiringFrom);
}

function rootCertificate(rotation: Rotation, root: ExistingGeneration): AuthorityCertificate {
  const own = { name: rootName(root.number), kind: "root" as const, subject: root.number, issuer: root.number };
  if (root.number === 0 && rotation.existingRoot !== undefined) {
    return { ...own, pathLength: rotation.existingRoot.pathLength };
  }
  return rotation.schedules.root === undefined
    ? own
    : {
        ...own,
        ...validity(rootBeginning(rotation, root), rootEnd(rotation, root)),
        pathLength: "unlimited",
      };
}

function intermediateCertificate(
  rotation: Rotation,
  intermediate: ExistingGeneration,
  root: ExistingGeneration,
): AuthorityCertificate {
  return {
    name: intermediateName(intermediate.number, root.number),
    kind: "intermediate",
    subject: intermediate.number,
    issuer: root.number,
    ...validity(intermediateBeginning(rotation, intermediate, root), intermediateEnd(rotation, intermediate, root)),
  };
}

/** While the next root is published, the old one under it; while the old one retires, the next one under that. */
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
      ...validity(rootBeginning(rotation, next), crossEnd(rotation, old)),
      pathLength: CROSS_PATH_LENGTH,
    },
  ];
}

function validity(notBefore: Instant, notAfter: Instant): Pick<AuthorityCertificate, "notBefore" | "notAfter"> {
  return notAfter === Infinity ? {} : { notBefore: formatInstant(notBefore), notAfter: formatInstant(notAfter) };
}
