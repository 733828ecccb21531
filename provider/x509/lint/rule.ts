import type { LintedCertificate } from "./lintedCertificate";

/** How bad a finding is. An error is a "MUST" of the source, a warning a "SHOULD". A notice is only worth knowing. */
export type Level = "error" | "warning" | "notice";

/** A set of rules that holds only where it is asked for: the Baseline Requirements of the CA/Browser Forum. */
export const LINT_PROFILES = ["publicTls"] as const;

/** A set of rules beyond those that hold for every certificate. */
export type LintProfile = (typeof LINT_PROFILES)[number];

/** What a rule found: nothing, or what is wrong, without a period. */
export type Found = string | undefined | readonly string[];

/** A rule for certificates. */
export interface Rule {
  /** Stable, in kebab case. */
  readonly name: string;
  /** The document and the section that demand it. */
  readonly source: string;
  readonly level: Level;
  /** Where the rule holds; everywhere by default. */
  readonly profile?: LintProfile;
  readonly check: (certificate: LintedCertificate) => Found;
}

/** A rule for a certificate and its issuer. */
export interface IssuerRule extends Omit<Rule, "check"> {
  readonly check: (certificate: LintedCertificate, issuer: LintedCertificate) => Found;
}

/** A text, if a condition holds. */
export function when(condition: boolean, detail: string): string | undefined {
  return condition ? detail : undefined;
}
