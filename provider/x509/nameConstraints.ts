import type { DistinguishedName } from "./distinguishedName";

/**
 * The names that the certificates below a CA may have (RFC 5280, section 4.2.1.10). A name must be in one of the
 * permitted trees of its kind, if there are any, and in none of the excluded.
 */
export interface NameConstraints {
  readonly permitted?: NameTrees | undefined;
  readonly excluded?: NameTrees | undefined;
}

/** Trees of names, by kind. */
export interface NameTrees {
  /** Domains, such as `example.com`, with everything below them. An empty text is every domain. */
  readonly dnsDomains?: readonly string[] | undefined;
  /** Mailboxes `pki@example.com`, hosts `example.com`, or all hosts below a domain, `.example.com`. */
  readonly emailAddresses?: readonly string[] | undefined;
  /** Ranges of addresses, such as `10.0.0.0/8` or `2001:db8::/32`. `0.0.0.0/0` and `::/0` are all. */
  readonly ipRanges?: readonly string[] | undefined;
  /** The hosts in URIs: a host `example.com`, or all hosts below a domain, `.example.com`. */
  readonly uriDomains?: readonly string[] | undefined;
  /** Subjects that begin with these attributes, in the order in which they are written. */
  readonly directoryNames?: readonly DistinguishedName[] | undefined;
}

/** The kinds of trees. */
export type TreeKind = keyof NameTrees;

/** The kinds of trees, in the order in which they are written. */
export const TREE_KINDS: readonly TreeKind[] = [
  ...(["dnsDomains", "emailAddresses", "ipRanges", "uriDomains", "directoryNames"] as const),
];

/** The two sides of name constraints. */
export const SIDES = ["permitted", "excluded"] as const;

/** Constraints without empty lists; undefined if nothing is left. Two that are equal make equal extensions. */
export function withoutEmptyTrees(constraints: NameConstraints | undefined): NameConstraints | undefined {
  const sides = SIDES.flatMap((side) => {
    const trees = TREE_KINDS.flatMap((kind) => {
      const list = constraints?.[side]?.[kind] ?? [];
      return list.length === 0 ? [] : [[kind, list]];
    });
    return trees.length === 0 ? [] : [[side, Object.fromEntries(trees)]];
  });
  return sides.length === 0 ? undefined : (Object.fromEntries(sides) as NameConstraints);
}
