import { plannedRenewalsText } from "./plannedRenewals";
import { plannedRequestsText } from "./plannedRequests";
import { plannedRevocationListsText } from "./plannedRevocationLists";
import type { RotationPlan } from "./rotationPlan";
import { table } from "./table";

/** A plan as tables for a person: the generations, then the steps, or without a rotation the renewals. */
export function rotationPlanText(plan: RotationPlan): string {
  const { from, gaps, warnings, revocationLists = [], requests = [], renewals } = plan;
  return [
    ...(renewals === undefined ? turnsText(plan) : plannedRenewalsText(renewals)),
    ...plannedRevocationListsText(revocationLists),
    ...plannedRequestsText(requests, from),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    ...(gaps.length > 0 ? ["", ...gaps.map(({ description }) => `gap: ${description}.`)] : []),
  ].join("\n");
}

function turnsText({ generations, steps }: RotationPlan): string[] {
  return [
    ...table([
      ["GENERATION", "PUBLISHED", "ACTIVE", "RETIRING", "GONE"],
      ...generations.map(({ label, published, active, retiring, gone }) => [
        label,
        published ?? "-",
        active ?? "-",
        retiring,
        gone,
      ]),
    ]),
    "",
    ...table([
      ["FROM", "CHANGE", "ROOT", "CRT"],
      ...steps.map(({ at, changes, root, crt }) => [
        at,
        changes.length === 0 ? "-" : changes.map(({ label, state }) => `${label} ${state}`).join(", "),
        root.join(", "),
        crt.join(" + "),
      ]),
    ]),
  ];
}
