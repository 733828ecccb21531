/** The parts of an authority that have their own key and may have their own schedule. */
export const AUTHORITY_PARTS = ["root", "intermediate", "ssh-user", "ssh-host"] as const;

/** One of {@link AUTHORITY_PARTS}. */
export type AuthorityPart = (typeof AUTHORITY_PARTS)[number];

/**
 * The name of a generation in resources, files, messages and settings. Generation 0 is `root`, as without a rotation,
 * and the next is `root-g1`.
 */
export function generationLabel(part: AuthorityPart, number: number): string {
  return number === 0 ? part : `${part}-g${String(number)}`;
}

/** The generation that a label names; undefined if it is not a label. */
export function readGenerationLabel(label: string): { part: AuthorityPart; number: number } | undefined {
  const [, name, number = "0"] = /^(.*?)(?:-g([1-9][0-9]{0,8}))?$/.exec(label) ?? [];
  const part = AUTHORITY_PARTS.find((each) => each === name);
  return part === undefined ? undefined : { part, number: Number(number) };
}

/**
 * The common name of a generation. Generation 0 has `Example Root`, and the next has `Example Root G1`. They must
 * differ, because OpenSSL tries only one of two untrusted certificates with the same subject.
 */
export function generationCommonName(commonName: string, number: number): string {
  return number === 0 ? commonName : `${commonName} G${String(number)}`;
}
