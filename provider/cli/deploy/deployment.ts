import { messageOf, PkiError } from "../../errors";
import type { DeployReport } from "./deployReport";
import type { Handover } from "./handover";
import { asked } from "./hostError";
import { HostFailure } from "./hostShell";
import { plannedSteps, type Step } from "./plannedSteps";
import { Interrupted } from "./interruption";

/** The choices of a deployment. */
export interface DeploymentChoice {
  /** Whether an authority may be replaced with another. */
  readonly newAuthority: boolean;
  /** Whether only to tell what would change. */
  readonly dryRun: boolean;
}

/**
 * Hands over to each host of step-ca, one after the other. A failure stops it. Hosts that cannot be reached are left to the next run.
 *
 * @returns the exit code: 0 if every host serves what the stack says, 1 if one does not and reads what it read before, 2 if a previous
 * ca.json was put back, 3 if a host needs a person, 128 and more after a signal
 */
export async function deployTo(
  handovers: readonly Handover[],
  { newAuthority, dryRun }: DeploymentChoice,
  report: DeployReport,
): Promise<number> {
  const { reached, unreachable } = await lookAtAll(handovers, report);
  if (reached.length === 0) {
    return 1;
  }
  const steps =
    handovers.length > 1 && !newAuthority
      ? await plannedSteps(
          reached,
          unreachable.map(({ host }) => host.name),
        )
      : reached.map((handover): Step => ({ handover }));
  if (dryRun) {
    for (const step of steps) {
      await tellPlan(step, report);
    }
    return unreachable.length > 0 ? 1 : 0;
  }
  const code = await handOverAll(steps, newAuthority, report);
  return Math.max(code, unreachable.length > 0 ? 1 : 0);
}

/** Asks all hosts at once, so that several that do not answer cost the time of one. Tells what it found in their order. */
async function lookAtAll(
  handovers: readonly Handover[],
  report: DeployReport,
): Promise<{ reached: Handover[]; unreachable: Handover[] }> {
  const [reached, unreachable]: [Handover[], Handover[]] = [[], []];
  const looks = await Promise.allSettled(handovers.map((handover) => handover.look()));
  for (const [at, handover] of handovers.entries()) {
    const look = looks[at];
    if (look?.status !== "rejected") {
      reached.push(handover);
      for (const message of handover.found.warnings) {
        report({ event: "warning", host: handover.host.name, message });
      }
      continue;
    }
    const error: unknown = look.reason;
    if (!(error instanceof PkiError) || error.code !== "HOST_UNREACHABLE") {
      throw error;
    }
    unreachable.push(handover);
    report({ event: "unreachable", host: handover.host.name, code: error.code, message: error.message });
  }
  return { reached, unreachable };
}

async function handOverAll(steps: readonly Step[], newAuthority: boolean, report: DeployReport): Promise<number> {
  const done: Handover[] = [];
  // Between two authorities, no host trusts another until all are done. So all of them go back if one fails.
  const areTogether = newAuthority && steps.length > 1;
  const hasInterim = steps.some(({ interim }) => interim !== undefined);
  for (const { handover, interim } of steps) {
    try {
      tellInterim(handover, interim, report);
      if (hasInterim) {
        await handover.look(); // what it has may be from an earlier step
      }
      await handover.handOver();
      done.push(handover);
      if (!areTogether) {
        await handover.settle();
      }
    } catch (error) {
      const failure = failureOf(error, handover, report);
      const codes = [await handover.settle()];
      for (const earlier of areTogether ? done.reverse() : []) {
        codes.push(await earlier.revert());
      }
      if (steps.length > 1) {
        const last = steps.filter((step) => step.interim === undefined).map((step) => step.handover);
        const served = areTogether ? [] : done.filter((earlier) => last.includes(earlier));
        tellWhere(
          served,
          last.filter((other) => !served.includes(other)),
          report,
        );
      }
      const worst = Math.max(...codes);
      return worst === 0 ? failure : worst;
    }
  }
  for (const handover of areTogether ? done : []) {
    await handover.settle();
  }
  return 0;
}

function tellWhere(done: readonly Handover[], others: readonly Handover[], report: DeployReport): void {
  const names = (handovers: readonly Handover[]): string => handovers.map(({ host }) => host.name).join(", ");
  report({
    event: "failed",
    message: `what the stack says is served by ${names(done) || "no host"}, and not by ${names(others)}. Run this again`,
  });
}

function failureOf(error: unknown, { host }: Handover, report: DeployReport): number {
  const isExpected = error instanceof PkiError || error instanceof Interrupted || error instanceof HostFailure;
  report({
    event: "failed",
    host: host.name,
    ...(error instanceof PkiError ? { code: error.code } : {}),
    message: isExpected ? messageOf(error) : `an internal error: ${messageOf(error)}`,
  });
  return error instanceof Interrupted ? error.exitCode : 1;
}

function tellInterim({ host }: Handover, interim: Step["interim"], report: DeployReport): void {
  if (interim !== undefined) {
    report({ event: "interim", host: host.name, message: interim });
  }
}

async function tellPlan({ handover, interim }: Step, report: DeployReport): Promise<void> {
  const { host, found } = handover;
  tellInterim(handover, interim, report);
  if (interim !== undefined) {
    await handover.look();
  }
  const { missingNames: missing, isServed } = found;
  const fields = isServed ? [] : await asked(host, () => found.changedFields());
  const message =
    isServed && missing.length === 0
      ? `nothing would change; step-ca at ${host.url} serves what the stack says`
      : [
          ...(missing.length === 0 ? [] : [`would send ${missing.join(" ")}`]),
          ...(fields.length === 0 ? [] : [`would change ca.json in: ${fields.join(", ")}`]),
          ...(isServed ? [] : [`would signal step-ca: ${host.reload}`]),
        ].join("; ");
  report({ event: "planned", host: host.name, fields, files: missing, message });
}
