import { type Policies, type PolicyConfigSchema, PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import { currentTime } from "../provider/words/clock";
import { declaredResource, stackResources } from "./resource";
import type { Rule } from "./rule";
import { RULES } from "./rules";

/** The rule as the SDK takes it. */
function policyOf({ name, description, level, settings, inResource, inStack }: Rule): Policies[number] {
  const judgment = (args: { getConfig: () => object }): { settings: object; now: Date } => ({
    settings: args.getConfig(),
    now: currentTime(),
  });
  const policy = { name, description, enforcementLevel: level, configSchema: { properties: schemasOf(settings) } };
  const resourceRule: Pick<ResourceValidationPolicy, "validateResource"> = {
    validateResource: (args, report) => {
      for (const problem of inResource(declaredResource(args), judgment(args))) {
        report(problem);
      }
    },
  };
  return inStack === undefined
    ? { ...policy, ...resourceRule }
    : {
        ...{ ...policy, ...resourceRule },
        validateStack: (args, report) => {
          for (const { resource, message } of inStack(stackResources(args.resources), judgment(args))) {
            report(message, resource.urn);
          }
        },
      };
}

/** A copy without defaults that are undefined. */
function schemasOf(settings: Rule["settings"]): PolicyConfigSchema["properties"] {
  return JSON.parse(JSON.stringify(settings)) as PolicyConfigSchema["properties"];
}

// The SDK serves the pack when it is constructed.
new PolicyPack("pulumi-kms-pki", { policies: RULES.map(policyOf) });
