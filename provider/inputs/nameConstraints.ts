import type { Problem } from "../words/problem";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { emptiedTrees } from "../x509/constrainedNames";
import { readIpRange } from "../x509/ipRange";
import { SIDES, TREE_KINDS, type TreeKind, withoutEmptyTrees } from "../x509/nameConstraints";
import { extensionProblem } from "./extensions";
import { checkSubject } from "./subject";
import { isDnsName, isEmailAddress } from "./subjectAlternativeNames";

/** A host, or all hosts below a domain. */
const isHostOrBelow = (text: string): boolean => isHostName(text.startsWith(".") ? text.slice(1) : text);

/** How trees of names are written. */
const FORMS: Readonly<
  Record<Exclude<TreeKind, "directoryNames">, { is: (text: string) => boolean; what: string; example: string }>
> = {
  dnsDomains: {
    is: (text) => text === "" || isHostName(text),
    what: "a domain, without a leading period or wildcard",
    example: '"example.com"',
  },
  emailAddresses: {
    is: (text) => isEmailAddress(text) || isHostOrBelow(text),
    what: "a mailbox, a host or a domain with a leading period",
    example: '"example.com" or ".example.com"',
  },
  ipRanges: {
    is: (text) => readIpRange(text) !== undefined,
    what: "a range in CIDR notation, with 0 in all bits below its prefix",
    example: '"10.0.0.0/8"',
  },
  uriDomains: {
    is: isHostOrBelow,
    what: "a host or a domain with a leading period",
    example: '"example.com" or ".example.com"',
  },
};

function isHostName(text: string): boolean {
  return isDnsName(text) && !text.startsWith("*.");
}

/** Checks name constraints by themselves (RFC 5280, section 4.2.1.10). */
export function checkNameConstraints(value: unknown, property: string): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  const problems = checkFields(value, property, SIDES, (side, path) => checkTrees(side, path));
  if (problems.length > 0 || hasUnknown(value)) {
    return problems;
  }
  const constraints = withoutEmptyTrees(value);
  return constraints === undefined
    ? [
        extensionProblem(
          property,
          "it is empty (RFC 5280, section 4.2.1.10)",
          "Permit or exclude something, or omit it",
        ),
      ]
    : emptiedTrees(constraints).map(({ property: place, reason }) =>
        extensionProblem(
          place.replace(/^nameConstraints/, () => property),
          reason,
          "Remove one of the two",
        ),
      );
}

function checkTrees(value: unknown, property: string): Problem[] {
  return checkFields(value, property, TREE_KINDS, (list, path, kind) => {
    if (!Array.isArray(list)) {
      return [extensionProblem(path, "it is not a list", "Write it as a list")];
    }
    return list.flatMap((tree: unknown, index) => checkTree(tree, kind, `${path}[${String(index)}]`));
  });
}

function checkTree(tree: unknown, kind: TreeKind, property: string): Problem[] {
  if (tree === UNKNOWN) {
    return [];
  }
  if (kind === "directoryNames") {
    return checkSubject(tree, property, true, "a directory name must not be empty");
  }
  const { is, what, example } = FORMS[kind];
  return typeof tree === "string" && is(tree)
    ? []
    : [extensionProblem(property, `${JSON.stringify(tree)} is not ${what}`, `Write it like ${example}`)];
}

/** Checks each field of an object that has only some fields. */
function checkFields<Name extends string>(
  value: unknown,
  property: string,
  names: readonly Name[],
  check: (field: unknown, path: string, name: Name) => Problem[],
): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    return [extensionProblem(property, "it is not an object", `Write it as an object with ${names.join(" or ")}`)];
  }
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    const path = `${property}.${field}`;
    const name = names.find((each) => each === field);
    if (name === undefined) {
      return [extensionProblem(path, "there is no such field", `Remove it, or use one of ${names.join(", ")}`)];
    }
    return inner === undefined || inner === null || inner === UNKNOWN ? [] : check(inner, path, name);
  });
}
