import { parseInstant } from "../../provider/words/instant";
import { authorityState, type AuthorityState } from "../../provider/rotation/authorityState";
import type { AuthorityCertificate } from "../../provider/rotation/certificates";
import type { Rotation } from "../../provider/rotation/rotation";
import type { Instant } from "../../provider/rotation/schedule";

/**
 * A world in which step-ca and its clients follow a rotation. The state of the last run is in force at each instant.
 * It does not know how states are computed. It only follows names, issuers and dates.
 */
export class World {
  readonly #states = new Map<Instant, AuthorityState>();

  constructor(
    readonly rotation: Rotation,
    /** Ascending, at least one. */
    readonly runs: readonly [Instant, ...Instant[]],
  ) {}

  /** The state in force at an instant; before the first run, that of the first run. */
  inForce(at: Instant): AuthorityState {
    const run = this.runs.findLast((candidate) => candidate <= at) ?? this.runs[0];
    const state = this.#states.get(run) ?? authorityState(this.rotation, run);
    this.#states.set(run, state);
    return state;
  }
}

/** The roots that ca.json names, as a client fetches them from step-ca. */
export function rootsOf({ certificates, caConfig }: AuthorityState): AuthorityCertificate[] {
  return caConfig.root.map((name) => named(certificates, name));
}

/** Whether a client that trusts these roots finds a chain for a certificate issued in a state, by its own clock. */
export function verifies(
  { caConfig, certificates }: AuthorityState,
  roots: readonly AuthorityCertificate[],
  clock: Instant,
): boolean {
  const bundle = caConfig.crt.map((name) => named(certificates, name));
  return roots.some((root) => isValid(root, clock) && leadsTo(root, bundle, clock));
}

/** The bundle's first certificate issues the leaf. Each next step is a cross certificate for the previous step's issuer. */
function leadsTo(
  anchor: AuthorityCertificate,
  [issuing, ...others]: readonly AuthorityCertificate[],
  clock: Instant,
): boolean {
  const crosses = others.filter(({ kind }) => kind === "cross");
  let [current, below] = [issuing, 1];
  for (;;) {
    if (current === undefined || !isValid(current, clock)) {
      return false;
    }
    if (current.issuer === anchor.subject) {
      const limit = anchor.pathLength ?? "unlimited";
      return limit === "unlimited" || below <= limit;
    }
    const { issuer } = current;
    current = crosses.find(({ subject }) => subject === issuer);
    crosses.splice(0, crosses.length, ...crosses.filter((cross) => cross !== current));
    below += 1;
  }
}

/** Generation 0 may have been issued, and be valid, before its declared beginning. */
function isValid({ subject, issuer, notBefore, notAfter }: AuthorityCertificate, clock: Instant): boolean {
  const begins = subject === 0 && issuer === 0 ? -Infinity : read(notBefore, -Infinity);
  return begins <= clock && clock <= read(notAfter, Infinity);
}

function read(text: string | undefined, without: Instant): Instant {
  return text === undefined ? without : (parseInstant(text)?.getTime() ?? NaN);
}

function named(certificates: readonly AuthorityCertificate[], name: string): AuthorityCertificate {
  const found = certificates.find((certificate) => certificate.name === name);
  if (found === undefined) {
    throw new Error(`ca.json names ${name}, which does not exist`);
  }
  return found;
}
