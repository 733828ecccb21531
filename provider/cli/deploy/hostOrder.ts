import { assumedTrust, distrust, type HostTrust } from "./hostTrust";

/** A host in the plan of a deployment. */
export interface PlannedHost {
  readonly name: string;
  /**
   * What it has now; empty if it has no ca.json yet. More than one if it is not known which of them its step-ca has read, because a run
   * was cut off.
   */
  readonly present: readonly HostTrust[];
  /** What it is to have. */
  readonly next: HostTrust;
  /** Whether it has that already, and serves it. */
  readonly isDone: boolean;
}

/** The order of the hosts, or why there is none. */
export interface HostOrder {
  /** The names of all hosts, in the order of the handovers. */
  readonly names: readonly string[];
  /** Why those that are not in the order must wait; empty if all are. */
  readonly refusals: readonly string[];
}

/**
 * The order in which hosts get what they are to have, so that after each handover every host trusts what every other one uses. Then a
 * failure in between leaves hosts that trust each other, without further repair. Hosts keep the given order where that is possible.
 *
 * @param unreachable the names of hosts that cannot be asked
 */
export function hostOrder(hosts: readonly PlannedHost[], unreachable: readonly string[]): HostOrder {
  const present = new Map(hosts.map(({ name, present: states }) => [name, states]));
  const assumed = [...present.values()].flat().map(assumedTrust);
  const names: string[] = [];
  let waiting = [...hosts];
  for (;;) {
    const found = waiting.find((host) => host.isDone || whyNot(host).length === 0);
    if (found === undefined) {
      return { names, refusals: waiting.flatMap((host) => whyNot(host).map((why) => `${host.name}: ${why}`)) };
    }
    present.set(found.name, [found.next]);
    names.push(found.name);
    waiting = waiting.filter((host) => host !== found);
  }

  function whyNot({ name, next }: PlannedHost): string[] {
    const others = [...present]
      .filter(([other]) => other !== name)
      .flatMap(([other, states]) => states.map((trust) => ({ other, trust })))
      .flatMap(({ other, trust }) => [
        ...distrust(trust, next).map((why) => `${other} must trust it first, but ${why}`),
        ...distrust(next, trust).map((why) => `it would no longer trust ${other}: ${why}`),
      ]);
    const unknown = assumed.some((trust) => distrust(trust, next).length + distrust(next, trust).length > 0)
      ? unreachable.map(
          (other) => `${other} cannot be asked whether it trusts what ${name} would use, and the other way round`,
        )
      : [];
    return [...new Set([...others, ...unknown])];
  }
}
