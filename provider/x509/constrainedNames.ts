import { isIP } from "node:net";
import { attributesOf, type DistinguishedName } from "./distinguishedName";
import { type IpRange, isInRange, readIpRange, singleAddress } from "./ipRange";
import { type NameConstraints, type NameTrees, SIDES, TREE_KINDS, type TreeKind } from "./nameConstraints";

/** The names of a certificate that constraints apply to. */
export interface ConstrainedNames {
  readonly ca: boolean;
  readonly subject?: DistinguishedName | undefined;
  /** Names that are not known yet are undefined, here and below. */
  readonly dnsNames?: readonly (string | undefined)[] | undefined;
  readonly ipAddresses?: readonly (string | undefined)[] | undefined;
  readonly emailAddresses?: readonly (string | undefined)[] | undefined;
  readonly uris?: readonly (string | undefined)[] | undefined;
}

/** A name, or a tree of names, that constraints do not allow. */
export interface NameViolation {
  /** Where it stands: `dnsNames[0]`, `subject.commonName`, `nameConstraints.permitted.ipRanges[1]`. */
  readonly property: string;
  /** Begins with "it". */
  readonly reason: string;
}

/** A name with its place, and the kind of trees that it belongs in. */
interface Placed {
  readonly property: string;
  readonly kind: TreeKind;
  readonly name: string | DistinguishedName;
}

/**
 * The names of a certificate that the constraints of a CA above it do not allow. A name is allowed if all readers allow
 * it: where Go and OpenSSL read a constraint in two ways, the stricter one counts.
 */
export function nameViolations(names: ConstrainedNames, constraints: NameConstraints): NameViolation[] {
  const isConstrained = TREE_KINDS.some((kind) => constrains(constraints, kind));
  return placedNames(names).flatMap(({ property, kind, name }) => {
    if (isConstrained && kind === "uriDomains" && typeof name === "string" && !hasHostName(name)) {
      // Go refuses it under any constraints (RFC 5280 only under those for URIs).
      return [
        { property, reason: "it names no host, so readers cannot compare it with the constraints of a CA above it" },
      ];
    }
    const excluding = (constraints.excluded?.[kind] ?? []).find((tree) => isExcluded(kind, name, tree));
    if (excluding !== undefined) {
      return [{ property, reason: `it is in ${describeTree(excluding)}, which a CA above it excludes` }];
    }
    const permitted = constraints.permitted?.[kind] ?? [];
    return permitted.length === 0 || permitted.some((tree) => isInTree(kind, name, tree))
      ? []
      : [{ property, reason: `it is in none of the ${kind} that a CA above it permits (${describe(permitted)})` }];
  });
}

/**
 * The trees that a CA permits although a CA above it does not, and those that nothing can follow from, because the CA
 * itself excludes them. What a CA leaves open, the one above it still decides.
 */
export function treeViolations(own: NameConstraints, above: NameConstraints): NameViolation[] {
  return TREE_KINDS.flatMap((kind) =>
    treesOf(own.permitted, kind).flatMap((tree, index): NameViolation[] => {
      const property = `nameConstraints.permitted.${kind}[${String(index)}]`;
      const permitted = treesOf(above.permitted, kind);
      if (permitted.length > 0 && !permitted.some((each) => isSubtree(kind, tree, each))) {
        return [
          { property, reason: `it is in none of the ${kind} that a CA above it permits (${describe(permitted)})` },
        ];
      }
      const excluding = treesOf(above.excluded, kind).find((each) => isSubtree(kind, tree, each));
      return excluding === undefined
        ? []
        : [{ property, reason: `it is in ${describeTree(excluding)}, which a CA above it excludes` }];
    }),
  );
}

/** The trees of some constraints that permit nothing, because the same constraints exclude all of it. */
export function emptiedTrees({ permitted, excluded }: NameConstraints): NameViolation[] {
  return treeViolations({ permitted }, { excluded }).map(({ property }) => ({
    property,
    reason: "it is permitted and excluded, so it permits nothing",
  }));
}

/** Whether constraints say anything of a kind of names. */
export function constrains(constraints: NameConstraints, kind: TreeKind): boolean {
  return SIDES.some((side) => treesOf(constraints[side], kind).length > 0);
}

function treesOf(trees: NameTrees | undefined, kind: TreeKind): readonly (string | DistinguishedName)[] {
  return trees?.[kind] ?? [];
}

function placedNames({ ca, subject = {}, dnsNames = [], ...others }: ConstrainedNames): Placed[] {
  const { ipAddresses = [], emailAddresses = [], uris = [] } = others;
  const list = (property: string, kind: TreeKind, names: readonly (string | undefined)[]): Placed[] =>
    names.flatMap((name, index) =>
      name === undefined ? [] : [{ property: `${property}[${String(index)}]`, kind, name }],
    );
  const hasSubject = attributesOf(subject).length > 0;
  return [
    ...list("dnsNames", "dnsDomains", dnsNames),
    ...list("ipAddresses", "ipRanges", ipAddresses),
    ...list("emailAddresses", "emailAddresses", emailAddresses),
    ...list("uris", "uriDomains", uris),
    ...(hasSubject ? [{ property: "subject", kind: "directoryNames" as const, name: subject }] : []),
    // OpenSSL reads these two even beside alternative names.
    ...[subject.emailAddress ?? []]
      .flat()
      .map((name) => ({ property: "subject.emailAddress", kind: "emailAddresses" as const, name })),
    // Readers that take the common name for a host do so only of leaves without DNS names.
    ...(ca || dnsNames.length > 0 ? [] : [subject.commonName ?? []].flat().filter(isHost)).map((name) => ({
      property: "subject.commonName",
      kind: "dnsDomains" as const,
      name,
    })),
  ];
}

/** Whether a common name looks like a host: labels with dots between them. OpenSSL takes an IPv4 address for one, too. */
function isHost(text: string): boolean {
  const labels = text.replace(/^\*\./, "").split(".");
  return labels.length > 1 && labels.every((label) => /^\w(?:[\w-]*\w)?$/.test(label));
}

function isInTree(kind: TreeKind, name: string | DistinguishedName, tree: string | DistinguishedName): boolean {
  if (typeof name !== "string" || typeof tree !== "string") {
    return typeof name !== "string" && typeof tree !== "string" && startsWith(name, tree);
  }
  switch (kind) {
    case "dnsDomains":
      return isInDomain(name, tree);
    case "ipRanges":
      return isRangeIn(singleAddress(name), tree);
    case "emailAddresses":
      return tree.includes("@") ? isSameMailbox(name, tree) : isHostIn(hostOfMailbox(name), tree);
    case "uriDomains":
      return isHostIn(hostOfUri(name), tree);
    case "directoryNames":
      return false;
  }
}

/** Go excludes what is below a host, too, and a wildcard that covers what is excluded. */
function isExcluded(kind: TreeKind, name: string | DistinguishedName, tree: string | DistinguishedName): boolean {
  if (typeof name !== "string" || typeof tree !== "string") {
    return isInTree(kind, name, tree);
  }
  switch (kind) {
    case "dnsDomains":
      return isInDomain(name, tree) || (name.startsWith("*.") && isInDomain(tree, name.slice(2)));
    case "emailAddresses":
      return isInTree(kind, name, tree) || (!tree.includes("@") && isInDomain(hostOfMailbox(name), tree));
    case "uriDomains":
      return isInDomain(hostOfUri(name), tree);
    case "ipRanges":
    case "directoryNames":
      return isInTree(kind, name, tree);
  }
}

/** Whether a tree is a part of another, or the same. */
function isSubtree(kind: TreeKind, tree: string | DistinguishedName, outer: string | DistinguishedName): boolean {
  if (typeof tree !== "string" || typeof outer !== "string") {
    return isInTree(kind, tree, outer);
  }
  switch (kind) {
    case "dnsDomains":
      return isInDomain(tree, outer);
    case "ipRanges":
      return isRangeIn(readIpRange(tree), outer);
    case "emailAddresses":
    case "uriDomains":
      if (tree.toLowerCase() === outer.toLowerCase()) {
        return true;
      }
      return tree.startsWith(".")
        ? outer.startsWith(".") && isInDomain(tree.slice(1), outer)
        : isInTree(kind, asName(kind, tree), outer);
    case "directoryNames":
      return false;
  }
}

/** A name that is in a tree of one host or mailbox. */
function asName(kind: TreeKind, tree: string): string {
  if (kind === "uriDomains") {
    return `https://${tree}/`;
  }
  return tree.includes("@") ? tree : `@${tree}`;
}

/** Whether a DNS name is a domain or below it. A leading period, as other CAs write it, stands for what is below. */
function isInDomain(name: string, domain: string): boolean {
  const [own, outer] = [name.toLowerCase(), domain.toLowerCase()];
  return outer === "" || own === outer || own.endsWith(outer.startsWith(".") ? outer : `.${outer}`);
}

/** Whether a host is the one that a constraint names, or is below a domain with a leading period. */
function isHostIn(host: string, tree: string): boolean {
  return tree.startsWith(".") ? isInDomain(host, tree) : host.toLowerCase() === tree.toLowerCase();
}

function isRangeIn(range: IpRange | undefined, outer: string): boolean {
  const of = readIpRange(outer);
  return range !== undefined && of !== undefined && isInRange(range, of);
}

/** The part before the @ is case-sensitive (RFC 5280, section 7.5). */
function isSameMailbox(one: string, other: string): boolean {
  const local = (mailbox: string): string => mailbox.slice(0, mailbox.lastIndexOf("@"));
  return local(one) === local(other) && isHostIn(hostOfMailbox(one), hostOfMailbox(other));
}

function hostOfMailbox(mailbox: string): string {
  return mailbox.slice(mailbox.lastIndexOf("@") + 1);
}

/** Whether a URI names a host by its name, and not by its address. */
function hasHostName(uri: string): boolean {
  const host = hostOfUri(uri);
  return host !== "" && isIP(host.replace(/^\[|\]$/g, "")) === 0;
}

function hostOfUri(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(uri)?.[1] ?? "";
}

/** Whether a name begins with the attributes of another, compared without case and spaces (RFC 5280, section 7.1). */
function startsWith(name: DistinguishedName, start: DistinguishedName): boolean {
  const comparable = (all: DistinguishedName): string[] =>
    attributesOf(all).map(({ oid, value }) => `${oid}=${value.trim().replace(/\s+/g, " ").toLowerCase()}`);
  const own = comparable(name);
  return comparable(start).every((attribute, index) => own[index] === attribute);
}

function describe(trees: readonly (string | DistinguishedName)[]): string {
  return trees.map(describeTree).join(", ");
}

function describeTree(tree: string | DistinguishedName): string {
  return JSON.stringify(tree);
}
