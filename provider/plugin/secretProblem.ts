import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { holdsSealed, isSealed, type Properties, revealed } from "./wire";

/** A problem whose property the engine prints with its value. A secret one is only named, and never quoted. */
export function withoutSecret(problem: Problem, inputs: Properties): Problem {
  const { property, reason, remedy } = problem;
  const [outer = ""] = property.split(/[.[]/);
  if (!holdsSealed(inputs[outer])) {
    return problem;
  }
  const secrets = secretTexts(inputs[outer]);
  const quotes = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  return {
    ...problem,
    property: "",
    reason: `${property}: ${quotes(reason) ? "the secret value that is given does not fit" : reason}`,
    remedy: quotes(remedy) ? "Give another one" : remedy,
  };
}

/** The texts by which a message would quote the secrets in a value: as they are, and as JSON. */
function secretTexts(value: unknown, isSecret = false): string[] {
  if (isSealed(value)) {
    return secretTexts(value.value, true);
  }
  if (typeof value === "object" && value !== null) {
    const whole = isSecret ? [JSON.stringify(revealed(value))] : [];
    return [...whole, ...Object.values(value).flatMap((each) => secretTexts(each, isSecret))];
  }
  return isSecret && value !== undefined && value !== UNKNOWN
    ? [JSON.stringify(value), String(value as unknown)].filter((text) => text !== "")
    : [];
}
