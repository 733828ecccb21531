import { plannedRequestsText } from "./plannedRequests";
import { plannedRevocationListsText } from "./plannedRevocationLists";
import type { RotationPlan } from "./rotationPlan";
import { table } from "./table";

/** A plan as tables for a person: the generations, then the steps. */
export function rotationPlanText(plan: RotationPlan): string {
  const { from, generations, steps, gaps, warnings, revocationLists = [], requests = [] } = plan;
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
    ...plannedRevocationListsText(revocationLists),
    ...plannedRequestsText(requests, from),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    ...(gaps.length > 0 ? ["", ...gaps.map(({ description }) => `gap: ${description}.`)] : []),
  ].join("\n");
}
