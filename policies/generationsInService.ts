import { renewalTime } from "../provider/inputs/renewal";
import { hasFixedEnd } from "../provider/inputs/validity";
import { hasUnknown } from "../provider/words/unknown";
import { parseDuration } from "../provider/words/duration";
import { formatInstant } from "../provider/words/instant";
import { declaredCertificate, firstCertificate } from "./declaredCertificate";
import type { StackResource } from "./resource";
import { ruleOf, type Violation } from "./rule";

/** Reports generations that are compromised, and certificates that a run does not renew in time. */
export const generationsInService = ruleOf<{ readonly remaining: string }>({
  name: "no-compromised-or-overdue",
  description: "No generation is compromised, and no certificate has ended or is overdue for renewal.",
  level: "advisory",
  settings: {
    remaining: {
      ...{ type: "string", pattern: "^([0-9]+[dhms])+$", default: "0s" },
      description: "How long a certificate must still be valid, such as 30d",
    },
  },
  inStack: (stack, { settings: { remaining }, now }) => {
    const earliest = new Date(now.getTime() + (parseDuration(remaining) ?? 0) * 1000);
    return [
      ...stack.flatMap(compromised),
      ...stack.flatMap((resource) => overdue(resource, now)),
      ...stack.flatMap((resource) => ending(resource, earliest)),
    ];
  },
});

function compromised(resource: StackResource): readonly Violation[] {
  const { generations } = resource.properties;
  if (resource.type !== "RotationRun" || typeof generations !== "string" || hasUnknown(generations)) {
    return [];
  }
  const states = Object.entries(JSON.parse(generations) as Record<string, string>);
  return states
    .filter(([, state]) => state === "compromised")
    .map(([label]) => ({
      resource,
      message: `the generation ${label} is compromised. Do what the output compromise says, and remove its name from compromised once its last certificate has ended.`,
    }));
}

/** A certificate that this run leaves as it is, although it is due. In a preview, one that it renews is not known. */
function overdue(resource: StackResource, now: Date): readonly Violation[] {
  const issued = issuedCertificate(resource);
  const inputs = declaredCertificate(resource)?.inputs ?? {};
  const { renewBefore } = inputs;
  if (issued === undefined || typeof renewBefore !== "string" || hasFixedEnd(inputs)) {
    return [];
  }
  const due = renewalTime({ notBefore: issued.validFromDate, notAfter: issued.validToDate }, renewBefore);
  return due > now || issued.validToDate <= now
    ? []
    : [
        {
          resource,
          message: `${resource.name} is due for renewal since ${formatInstant(due.getTime())}, and this run does not renew it. Renew its issuer, or accept a new answer.`,
        },
      ];
}

function ending(resource: StackResource, earliest: Date): readonly Violation[] {
  const end = issuedCertificate(resource)?.validToDate;
  return end === undefined || end > earliest
    ? []
    : [
        {
          resource,
          message: `${resource.name} ends on ${formatInstant(end.getTime())}, and this run does not renew it. Give it a later end, or remove it.`,
        },
      ];
}

/** The certificate of a resource that is not withdrawn. */
function issuedCertificate(resource: StackResource): ReturnType<typeof firstCertificate> {
  return declaredCertificate(resource) && firstCertificate(resource.properties["certificatePem"]);
}
