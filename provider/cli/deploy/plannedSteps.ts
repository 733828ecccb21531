import { PkiError } from "../../errors";
import type { Handover } from "./handover";
import { asked } from "./hostError";
import { type HostStep, hostSteps } from "./hostSteps";
import { trustOf } from "./hostTrust";
import { keepingRelease, trustingRelease } from "./interimRelease";
import { presentStates } from "./presentState";

/** A handover of a deployment. */
export interface Step {
  readonly handover: Handover;
  /** Why the host gets an interim ca.json, for people; undefined if it gets what the stack says. */
  readonly interim?: string;
}

const REASONS: Readonly<Record<Exclude<HostStep["kind"], "next">, string>> = {
  trust: "it missed what was published, so it first gets an interim ca.json, which also trusts what is new",
  keep: "other hosts still use what is given up, so it first gets an interim ca.json, which also trusts that",
};

/**
 * The handovers to several hosts that were looked at, in an order in which each trusts what every other one uses. Asks them, and changes
 * nothing.
 *
 * @param unreachable the names of hosts that cannot be asked
 * @throws PkiError `TRUST_MISSING`, and `HOST_UNREACHABLE` if one no longer answers
 */
export async function plannedSteps(reached: readonly Handover[], unreachable: readonly string[]): Promise<Step[]> {
  const hosts = await Promise.all(
    reached.map(async (handover) => ({
      handover,
      states: await asked(handover.host, () => presentStates(handover.folder, handover.found, handover.release)),
    })),
  );
  const formerRoots = reached.flatMap(({ found }) => found.formerRoots);
  const { steps, refusals } = hostSteps(
    hosts.map(({ handover: { host, release, found }, states }) => ({
      ...{ name: host.name, present: states.map(trustOf), next: trustOf(release), isDone: found.isServed },
    })),
    unreachable,
    formerRoots,
  );
  if (refusals.length > 0) {
    throw new PkiError(
      "TRUST_MISSING",
      `hosts would serve what another host does not trust:\n${refusals.map((line) => `  ${line}`).join("\n")}\nNothing was changed on any host`,
      "Make the hosts that cannot be asked answer, then run this again. If the authority was replaced on purpose, give --new-authority",
    );
  }
  const inUse = hosts.flatMap(({ states }) => states);
  return steps.flatMap(({ name, kind }) =>
    hosts
      .filter(({ handover: { host } }) => host.name === name)
      .map(({ handover, states: [present] }): Step => {
        if (kind === "next") {
          return { handover };
        }
        const { release } = handover;
        const interim =
          kind === "trust" && present !== undefined
            ? trustingRelease(present, release)
            : keepingRelease(release, inUse, formerRoots);
        return { handover: handover.ofInterim(interim), interim: REASONS[kind] };
      }),
  );
}
