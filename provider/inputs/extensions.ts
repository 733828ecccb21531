import { EXTENDED_KEY_USAGES, KEY_USAGES } from "../x509/profiles";
import { isObjectIdentifier } from "./objectIdentifier";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** A problem with an extension. */
export function extensionProblem(property: string, reason: string, remedy: string): Problem {
  return { code: "EXTENSION_INVALID", property, reason, remedy };
}

/** Checks key usages: at least one, each named as in RFC 5280. */
export function checkKeyUsages(value: unknown, property: string): Problem[] {
  if (Array.isArray(value) && value.length === 0) {
    return [
      {
        code: "EXTENSION_INVALID",
        property,
        reason: "it is empty, and at least one key usage is required (RFC 5280, section 4.2.1.3)",
        remedy: "Omit it to get the profile's key usages, or list at least one",
      },
    ];
  }
  return checkList(value, property, (usage) => (KEY_USAGES as readonly unknown[]).includes(usage), [...KEY_USAGES]);
}

/** Checks extended key usages: each a name or an object identifier. */
export function checkExtendedKeyUsages(value: unknown, property: string): Problem[] {
  const isPurpose = (usage: unknown): boolean =>
    typeof usage === "string" && (Object.hasOwn(EXTENDED_KEY_USAGES, usage) || isObjectIdentifier(usage));
  return checkList(value, property, isPurpose, [...Object.keys(EXTENDED_KEY_USAGES), "an object identifier"]);
}

/** Checks a path length: a whole number from 0, or "unlimited". */
export function checkPathLength(value: unknown, property: string): Problem[] {
  if (
    value === undefined ||
    value === UNKNOWN ||
    value === "unlimited" ||
    (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255)
  ) {
    return [];
  }
  return [
    {
      code: "PATH_LENGTH_VIOLATED",
      property,
      reason: `${JSON.stringify(value)} is not a path length`,
      remedy: 'Give a whole number from 0 to 255, or "unlimited"',
    },
  ];
}

function checkList(
  value: unknown,
  property: string,
  allowed: (item: unknown) => boolean,
  choices: readonly string[],
): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(value)) {
    return [
      {
        code: "EXTENSION_INVALID",
        property,
        reason: "it is not a list",
        remedy: `Write it as a list of ${choices.join(", ")}`,
      },
    ];
  }
  return (value as unknown[])
    .filter((item) => item !== UNKNOWN && !allowed(item))
    .map((item) => ({
      code: "EXTENSION_INVALID",
      property,
      reason: `${JSON.stringify(item)} is unknown`,
      remedy: `Choose among ${choices.join(", ")}`,
    }));
}
