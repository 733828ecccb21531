import type { Problem } from "../words/problem";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { type ConstrainedNames, nameViolations, type NameViolation, treeViolations } from "../x509/constrainedNames";
import { chainNameConstraints } from "../x509/certificateNameConstraints";
import type { DistinguishedName } from "../x509/distinguishedName";
import { type NameConstraints, type NameTrees, SIDES, TREE_KINDS, withoutEmptyTrees } from "../x509/nameConstraints";
import { checkNameConstraints } from "./nameConstraints";
import { checkSubject } from "./subject";

/** The issuer among the inputs of a certificate. */
export interface ConstrainingIssuer {
  readonly certificatePem?: unknown;
  /** The name constraints of the issuer and the CAs above it, as far as they are known. */
  readonly nameConstraints?: unknown;
}

/** Checks the names of a certificate, and its own constraints, against the constraints of all known CAs above it. */
export function checkNamesAbove(inputs: Readonly<Record<string, unknown>>, ca: boolean): Problem[] {
  const above = constraintsAbove(inputs["issuer"]);
  if (above.length === 0) {
    return [];
  }
  const { subject, nameConstraints } = inputs;
  const names = { ca, subject: subjectOf(subject), ...namesOf(inputs) };
  const own = isConstraints(nameConstraints) ? knownPart(nameConstraints) : {};
  return above.flatMap((each) => [...nameViolations(names, each), ...treeViolations(own, each)].map(problemOf));
}

/** Checks names that a CA certifies later against the constraints of the CA and those above it. */
export function checkNamesBelow(
  names: Omit<ConstrainedNames, "ca">,
  issuer: ConstrainingIssuer,
  propertyOf: (property: string) => string,
): Problem[] {
  return constraintsAbove(issuer)
    .flatMap((each) => nameViolations({ ca: false, ...names }, each))
    .map(({ property, reason }) => problemOf({ property: propertyOf(property), reason }));
}

function problemOf({ property, reason }: NameViolation): Problem {
  return {
    code: "NAME_NOT_PERMITTED",
    property,
    reason,
    remedy: "Change the name, or the nameConstraints of that CA (RFC 5280, section 4.2.1.10)",
  };
}

/** The constraints that are known and valid. Those of the certificate count even if the program does not declare it. */
function constraintsAbove(issuer: unknown): NameConstraints[] {
  if (typeof issuer !== "object" || issuer === null) {
    return [];
  }
  const { certificatePem, nameConstraints } = issuer as ConstrainingIssuer;
  const declared = Array.isArray(nameConstraints) ? (nameConstraints as unknown[]).filter(isConstraints) : [];
  const inCertificates =
    typeof certificatePem === "string" && certificatePem !== UNKNOWN ? chainNameConstraints(certificatePem) : [];
  return withoutRepeated([...declared.map(knownPart), ...inCertificates]);
}

/** The declaration of an issuer and its certificate say the same. */
function withoutRepeated(all: readonly NameConstraints[]): NameConstraints[] {
  return [...new Map(all.map((each) => [JSON.stringify(withoutEmptyTrees(each)), each])).values()];
}

function isConstraints(value: unknown): value is NameConstraints {
  return typeof value === "object" && value !== null && checkNameConstraints(value, "").length === 0;
}

/** What is known of constraints. A list that is partly unknown may permit anything, and excludes what is known. */
function knownPart(constraints: NameConstraints): NameConstraints {
  const sides = SIDES.map((side) => {
    const trees = known(constraints[side]) ?? {};
    const lists = TREE_KINDS.map((kind) => {
      const list = (known(trees[kind]) ?? []) as readonly unknown[];
      const isOpen = side === "permitted" && hasUnknown(list);
      return [kind, isOpen ? [] : list.filter((tree) => !hasUnknown(tree))];
    });
    return [side, Object.fromEntries(lists) as NameTrees];
  });
  return Object.fromEntries(sides) as NameConstraints;
}

const LISTS = ["dnsNames", "ipAddresses", "emailAddresses", "uris"] as const;

function namesOf(inputs: Readonly<Record<string, unknown>>): Pick<ConstrainedNames, (typeof LISTS)[number]> {
  return Object.fromEntries(LISTS.map((kind) => [kind, textsOf(inputs[kind])]));
}

/** The texts of a list, in their places. What is not a text, or not known, is left out. */
function textsOf(list: unknown): (string | undefined)[] {
  if (list === UNKNOWN) {
    return [undefined];
  }
  return Array.isArray(list)
    ? list.map((name: unknown) => (typeof name === "string" && name !== UNKNOWN ? name : undefined))
    : [];
}

function subjectOf(value: unknown): DistinguishedName | undefined {
  const isUsable = value !== undefined && value !== null && !hasUnknown(value);
  return isUsable && checkSubject(value, "", false).length === 0 ? value : undefined;
}

function known<Value>(value: Value | undefined): Value | undefined {
  return value === null || value === UNKNOWN ? undefined : value;
}
