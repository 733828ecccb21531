/** What of an authority has a key of its own, and may have a schedule of its own. */
export const AUTHORITY_PARTS = ["root", "intermediate", "ssh-user", "ssh-host"] as const;

/** One of {@link AUTHORITY_PARTS}. */
export type AuthorityPart = (typeof AUTHORITY_PARTS)[number];

/**
 * The name of a generation, for resources, files, messages and settings: `root` is generation 0, as without a rotation,
 * `root-g1` the one after it.
 */
export function generationLabel(part: AuthorityPart, number: number): string {
  return number === 0 ? part : `${part}-g${String(number)}`;
}

/**
 * The common name of a generation: that of generation 0 is `Example Root`, the next is `Example Root G1`. They must
 * differ, because OpenSSL tries only one of two untrusted certificates with the same subject.
 */
export function generationCommonName(commonName: string, number: number): string {
  return number === 0 ? commonName : `${commonName} G${String(number)}`;
}
