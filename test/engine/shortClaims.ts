/**
 * The claims of a step-ca whose leaves live for seconds.
 *
 * @param longest how long a leaf lives, by default and at most: `40s`
 */
export function shortClaims(longest: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ["TLSCert", "UserSSHCert", "HostSSHCert"].flatMap((kind) =>
      ["min", "default", "max"].map((limit) => [`${limit}${kind}Duration`, limit === "min" ? "5s" : longest]),
    ),
  );
}
