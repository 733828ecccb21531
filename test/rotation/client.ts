import fc from "fast-check";
import type { AuthorityCertificate } from "../../provider/rotation/certificates";
import { generation } from "../../provider/rotation/generation";
import type { Instant } from "../../provider/rotation/schedule";
import { rootsOf, verifies, type World } from "./trust";

/** The events in the life of one certificate, as shares of what the rotation allows. */
export interface Conduct {
  /** The time of use within the certificate's life. */
  readonly age: number;
  /** How long before its use the client fetched its trust. */
  readonly refreshed: number;
  /** The run after which the client fetched its trust, if it does so only once. */
  readonly fetchedOnce: number;
  /** The error of the client's clock, with its sign. */
  readonly skew: number;
  /** The difference between step-ca's clock and the client's, within the allowed error. */
  readonly skewBetween: number;
}

const share = (min: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(min, 0, 1), fc.double({ min, max: 1, noNaN: true }));

/** Behaviors of clients, often at the edge of what is allowed. */
export const randomConduct: fc.Arbitrary<Conduct> = fc.record({
  age: share(0),
  refreshed: share(0),
  fetchedOnce: share(0),
  skew: share(-1),
  skewBetween: share(0),
});

/** A certificate that a client should trust but does not. */
export interface Victim {
  readonly usedAt: Instant;
  /** For the report of a failed test. */
  readonly who: string;
}

/** Every kind of client that does not trust what was issued at an instant, although it should. */
export function victims(world: World, issuedAt: Instant, conduct: Conduct): Victim[] {
  return [
    ...tlsVictims(world, issuedAt, conduct),
    ...sshVictims(world, "user", issuedAt, conduct),
    ...sshVictims(world, "host", issuedAt, conduct),
  ];
}

interface Use {
  readonly usedAt: Instant;
  readonly fetchedAt: Instant;
  /** The time on the client's clock at usedAt. */
  readonly clock: Instant;
}

/** A use of a certificate within the validity that step-ca's clock gave it, by the client's clock. */
function useOf({ rotation, runs }: World, issuedAt: Instant, conduct: Conduct, longest: number): Use {
  const { clientRefresh, clockSkew, backdate } = rotation.margins;
  const clientSkew = Math.trunc(conduct.skew * clockSkew);
  const caSkew = Math.trunc(clientSkew * (1 - conduct.skewBetween));
  const notBefore = issuedAt + caSkew - backdate;
  const notAfter = issuedAt + caSkew + longest;
  const clock = Math.min(notAfter - 1, Math.max(notBefore, issuedAt + clientSkew + Math.floor(conduct.age * longest)));
  const usedAt = Math.max(issuedAt, clock - clientSkew);
  return {
    usedAt,
    fetchedAt: Math.max(runs[0], usedAt - Math.floor(conduct.refreshed * clientRefresh)),
    clock,
  };
}

function tlsVictims(world: World, issuedAt: Instant, conduct: Conduct): Victim[] {
  const { rotation, runs } = world;
  const { usedAt, fetchedAt, clock } = useOf(world, issuedAt, conduct, rotation.margins.longestLeaf.tls);
  const atIssue = world.inForce(issuedAt);
  const active = atIssue.generations.root.find(({ state }) => state === "active");
  // Until it is gone, a single root is enough. If it cannot sign the next, that only holds for certificates from before that is
  // active.
  const isEnough = ({ subject: number }: AuthorityCertificate): boolean =>
    usedAt < generation(rotation.schedules.root, number).goneFrom &&
    !(number === 0 && rotation.existingRoot?.pathLength === 1 && active?.number === 1);
  const past = runs.filter((run) => run <= usedAt);
  const file = rootsOf(world.inForce(past[Math.floor(conduct.fetchedOnce * (past.length - 1))] ?? runs[0]));
  const clients: [string, AuthorityCertificate[]][] = [
    ["refreshes", rootsOf(world.inForce(fetchedAt))],
    ["is step-ca, asked for a renewal", rootsOf(world.inForce(usedAt))],
    ["keeps one root, and moves in time", newestForAll(world, fetchedAt)],
    ...(file.some((root) => isEnough(root))
      ? [["fetched its roots once", file] as [string, AuthorityCertificate[]]]
      : []),
    ...rootsOf(atIssue)
      .filter(isEnough)
      .map((root): [string, AuthorityCertificate[]] => [`has one root since it was published: ${root.name}`, [root]]),
  ];
  return clients.flatMap(([who, roots]) => (verifies(atIssue, roots, clock) ? [] : [{ usedAt, who }]));
}

/** The only root of a client that moves to the next one when all valid certificates were issued since its publication. */
function newestForAll(world: World, fetchedAt: Instant): AuthorityCertificate[] {
  const { longestLeaf, clockSkew } = world.rotation.margins;
  const before = world.inForce(fetchedAt - longestLeaf.tls - clockSkew).caConfig.root;
  return rootsOf(world.inForce(fetchedAt))
    .filter(({ name }) => before.includes(name))
    .sort((a, b) => b.subject - a.subject)
    .slice(0, 1);
}

/** SSH has no chains and no CA dates: a client trusts the keys that it fetched last. */
function sshVictims(world: World, kind: "user" | "host", issuedAt: Instant, conduct: Conduct): Victim[] {
  const { sshUser, sshHost } = world.rotation.margins.longestLeaf;
  const { usedAt, fetchedAt } = useOf(world, issuedAt, conduct, kind === "user" ? sshUser : sshHost);
  const issuing = world.inForce(issuedAt).generations[`ssh-${kind}`].find(({ state }) => state === "active")?.number;
  const trusted = world.inForce(fetchedAt).generations[`ssh-${kind}`].map(({ number }) => number);
  return issuing !== undefined && trusted.includes(issuing)
    ? []
    : [{ usedAt, who: `trusts the ${kind} keys ${trusted.join(", ")}, not ${String(issuing)}` }];
}
