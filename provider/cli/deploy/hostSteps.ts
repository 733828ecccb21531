import { hostOrder, type PlannedHost } from "./hostOrder";
import type { X509Certificate } from "node:crypto";
import { distrust, trustsCertificates, widened } from "./hostTrust";

/** A handover to a host. */
export interface HostStep {
  readonly name: string;
  /**
   * `next`: what it is to have. `trust`: an interim ca.json that uses what the host uses, and also trusts what is next. `keep`: an
   * interim ca.json that uses what is next, and also trusts what other hosts still use.
   */
  readonly kind: "trust" | "keep" | "next";
}

/** The handovers of a deployment, or why there are none. */
export interface HostSteps {
  /** In their order. */
  readonly steps: readonly HostStep[];
  /** Why some hosts must wait; empty if none must. */
  readonly refusals: readonly string[];
}

/**
 * The handovers to several hosts, after each of which every host trusts what every other one uses. Usually each host gets what is next, in
 * an order that keeps this rule. If there is none, because several hosts missed what was published, those hosts trust it first. If what
 * they use is given up meanwhile, every host keeps trusting that until none uses it.
 *
 * @param unreachable the names of hosts that cannot be asked
 * @param formerRoots roots that the authority gave up, under which hosts still serve
 */
export function hostSteps(
  hosts: readonly PlannedHost[],
  unreachable: readonly string[],
  formerRoots: readonly X509Certificate[] = [],
): HostSteps {
  const direct = hostOrder(hosts, unreachable);
  if (direct.refusals.length === 0) {
    return { steps: stepsOf("next", direct.names), refusals: [] };
  }
  const late = hosts.filter((host) => missedWhatIsNext(host, hosts, formerRoots));
  const nexts = hosts.map(({ next }) => next);
  const trusting = hosts.map((host): PlannedHost => {
    const [trust] = late.includes(host) ? host.present : [];
    return trust === undefined ? host : { ...host, present: [widened(trust, host.next.roots, nexts)] };
  });
  const first = stepsOf(
    "trust",
    late.map(({ name }) => name),
  );
  const second = hostOrder(trusting, unreachable);
  if (second.refusals.length === 0) {
    return { steps: [...first, ...stepsOf("next", second.names)], refusals: [] };
  }
  // Roots that the authority did not have belong to another one, and are not kept.
  const inUse = hosts.flatMap(({ present }) => present);
  const keeping = trusting.map((host) =>
    host.isDone ? host : { ...host, next: widened(host.next, formerRoots, inUse) },
  );
  const third = hostOrder(keeping, unreachable);
  const kept = keeping.map((host, at) => ({ ...host, present: [host.next], next: hosts[at]?.next ?? host.next }));
  const last = hostOrder(kept, unreachable);
  if (third.refusals.length + last.refusals.length > 0) {
    return { steps: [], refusals: second.refusals };
  }
  const waiting = third.names.filter((name) => hosts.some((host) => host.name === name && !host.isDone));
  return { steps: [...first, ...stepsOf("keep", waiting), ...stepsOf("next", last.names)], refusals: [] };
}

function stepsOf(kind: HostStep["kind"], names: readonly string[]): HostStep[] {
  return names.map((name) => ({ name, kind }));
}

/** Whether a host does not trust what is next. One that serves another authority does not count. */
function missedWhatIsNext(
  { present, isDone, next }: PlannedHost,
  hosts: readonly PlannedHost[],
  formerRoots: readonly X509Certificate[],
): boolean {
  const known = { ...next, roots: [...next.roots, ...formerRoots] };
  return (
    !isDone &&
    present.every((trust) => trustsCertificates(known, trust)) &&
    present.some((trust) => hosts.some((other) => distrust(trust, other.next).length > 0))
  );
}
