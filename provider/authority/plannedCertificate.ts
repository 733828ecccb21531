import type { AuthorityState } from "../rotation/authorityState";
import type { AuthorityCertificate } from "../rotation/certificates";
import type { KeyState } from "../rotation/generation";
import type { Rotation } from "../rotation/rotation";
import { WITH_ITS_ISSUER } from "../rotation/validity";
import { formatInstant } from "../words/instant";
import type { AuthorityKey } from "./plannedKey";
import type { AuthorityStructure } from "./structure";

/** A certificate of the authority. */
export interface PlannedCertificate extends AuthorityCertificate {
  /** The resource's name. */
  readonly resource: string;
  /**
   * As in the outputs. Of an intermediate with two certificates, only the one in ca.json is active. `compromised` if its
   * key or its issuer's is.
   */
  readonly state: KeyState;
  /** Whether it is out of service for good, and never issued again. */
  readonly withdrawn: boolean;
  readonly protect: boolean;
  /** When it begins and ends; undefined if the program decides. */
  readonly validity: { readonly notBefore?: string; readonly notAfter: string } | undefined;
  /** The key that it certifies; undefined for a cross certificate and for an existing root. */
  readonly key: AuthorityKey | undefined;
}

/** A certificate of a state, with the settings of its declaration. */
export function plannedCertificate(
  authority: string,
  structure: AuthorityStructure,
  rotation: Rotation,
  state: AuthorityState,
  certificate: AuthorityCertificate,
  keys: readonly AuthorityKey[],
): PlannedCertificate {
  const { kind, name, subject } = certificate;
  const key = keys.find(({ part, number }) => part === kind && number === subject);
  const withdrawn = state.withdrawn.includes(certificate);
  return {
    ...certificate,
    resource: `${authority}-${name}`,
    key,
    state: stateOf(certificate, state),
    withdrawn,
    protect: isProtected(certificate, structure, rotation) && !withdrawn,
    validity: validityOf(certificate, rotation),
  };
}

function stateOf({ kind, subject, issuer }: AuthorityCertificate, state: AuthorityState): KeyState {
  const { generations, compromised } = state;
  const isCompromised = (part: "root" | "intermediate", wanted: number): boolean =>
    compromised[part].some(({ number }) => number === wanted);
  if (isCompromised(kind === "intermediate" ? "intermediate" : "root", subject) || isCompromised("root", issuer)) {
    return "compromised";
  }
  const of = (part: "root" | "intermediate", wanted: number): KeyState =>
    generations[part].find(({ number }) => number === wanted)?.state ?? "active";
  const own = of(kind === "intermediate" ? "intermediate" : "root", subject);
  return kind === "intermediate" && own === "active" ? of("root", issuer) : own;
}

/** Whether the engine protects a certificate. A rotated one must be able to go. */
function isProtected(
  { kind }: AuthorityCertificate,
  { protect }: AuthorityStructure,
  { schedules: { root, intermediate } }: Rotation,
): boolean {
  return protect && root === undefined && (kind === "root" || intermediate === undefined);
}

/**
 * The validity of a certificate. Generation 0 may be issued before its scheduled beginning: its root begins when it is
 * issued, and its intermediate with the root, unless it exists.
 */
function validityOf(
  certificate: AuthorityCertificate,
  { existingIntermediate }: Rotation,
): PlannedCertificate["validity"] {
  const { kind, subject, issuer, notBefore, notAfter } = certificate;
  if (notBefore === undefined || notAfter === undefined) {
    return undefined;
  }
  if (subject === 0 && issuer === 0 && (kind === "root" || existingIntermediate === undefined)) {
    return kind === "root" ? { notAfter } : { notBefore: formatInstant(WITH_ITS_ISSUER), notAfter };
  }
  return { notBefore, notAfter };
}
