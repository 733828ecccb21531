import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { extensionProblem } from "./extensions";
import { isObjectIdentifier } from "./objectIdentifier";
import { checkUrls } from "./urls";

/** In characters (RFC 5280, section 4.2.1.4). */
const LONGEST_NOTICE = 200;

const EXAMPLE = '{ id: "1.3.6.1.4.1.99999.1" }';

/** Checks certificate policies: each at most once, with URLs and a notice of the right form. */
export function checkPolicies(value: unknown, property: string): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(value)) {
    return [extensionProblem(property, "it is not a list", `Write it as [${EXAMPLE}]`)];
  }
  const ids = value.map((policy: unknown) => fieldsOf(policy)?.["id"]);
  return value.flatMap((policy: unknown, index): Problem[] => {
    const place = `${property}[${String(index)}]`;
    const fields = fieldsOf(policy);
    if (policy === UNKNOWN) {
      return [];
    }
    if (fields === undefined) {
      return [extensionProblem(place, "it is not an object", `Write it as ${EXAMPLE}`)];
    }
    const { id, cps, userNotice, ...others } = fields;
    return [
      ...unknownFields(others, place, ["id", "cps", "userNotice"]),
      ...(id === UNKNOWN || isObjectIdentifier(id)
        ? []
        : [
            extensionProblem(
              `${place}.id`,
              `${JSON.stringify(id)} is not an object identifier`,
              `Write it like ${EXAMPLE}`,
            ),
          ]),
      ...(id !== UNKNOWN && ids.indexOf(id) < index
        ? [
            extensionProblem(
              `${place}.id`,
              "the policy is listed before (RFC 5280, section 4.2.1.4)",
              "Remove one of the two",
            ),
          ]
        : []),
      ...checkUrls(cps, `${place}.cps`, ["http", "https"]),
      ...checkNotice(userNotice, `${place}.userNotice`),
    ];
  });
}

function checkNotice(notice: unknown, property: string): Problem[] {
  if (notice === undefined || notice === null || notice === UNKNOWN) {
    return [];
  }
  if (typeof notice !== "string" || notice.trim() === "") {
    return [extensionProblem(property, "it is empty", "Give a text, or omit it")];
  }
  // RFC 5280: no control characters. A surrogate without its other half cannot be written as UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(notice)) {
    return [
      extensionProblem(property, "it has control characters (RFC 5280, section 4.2.1.4)", "Write it in one line"),
    ];
  }
  return Array.from(notice).length > LONGEST_NOTICE
    ? [
        extensionProblem(
          property,
          `it is longer than ${String(LONGEST_NOTICE)} characters (RFC 5280, section 4.2.1.4)`,
          "Shorten it, and put the long text where cps leads",
        ),
      ]
    : [];
}

/** Checks policy constraints, which must say something. */
export function checkPolicyConstraints(value: unknown, property: string): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  const fields = fieldsOf(value);
  if (fields === undefined) {
    return [extensionProblem(property, "it is not an object", "Write it as { requireExplicitPolicy: 0 }")];
  }
  const names = ["requireExplicitPolicy", "inhibitPolicyMapping"] as const;
  const { requireExplicitPolicy, inhibitPolicyMapping, ...others } = fields;
  const isEmpty = [requireExplicitPolicy, inhibitPolicyMapping].every((each) => each === undefined || each === null);
  return [
    ...unknownFields(others, property, names),
    ...(isEmpty
      ? [
          extensionProblem(
            property,
            "it is empty (RFC 5280, section 4.2.1.11)",
            `Give ${names.join(" or ")}, or omit it`,
          ),
        ]
      : []),
    ...names.flatMap((name) => checkSkippedCas(fields[name], `${property}.${name}`)),
  ];
}

/** Checks how many CAs may follow until a rule applies. */
export function checkSkippedCas(value: unknown, property: string): Problem[] {
  return value === undefined ||
    value === null ||
    value === UNKNOWN ||
    (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255)
    ? []
    : [
        extensionProblem(
          property,
          `${JSON.stringify(value)} is not a number of CAs`,
          "Give a whole number from 0 to 255: how many CAs may follow until it applies",
        ),
      ];
}

/** The fields of an object; undefined for everything else. */
export function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Finds fields that an object must not have. */
export function unknownFields(others: object, property: string, names: readonly string[]): Problem[] {
  return Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name]) =>
      extensionProblem(`${property}.${name}`, "there is no such field", `Remove it, or use one of ${names.join(", ")}`),
    );
}
