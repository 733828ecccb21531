import { accessRules } from "./accessRules";
import { alternativeNameRules } from "./alternativeNameRules";
import { MalformedError } from "./asn1Element";
import { extensionRules } from "./extensionRules";
import { fieldRules } from "./fieldRules";
import { issuerRules } from "./issuerRules";
import { keyRules } from "./keyRules";
import { keyUsageRules } from "./keyUsageRules";
import { LintedCertificate } from "./lintedCertificate";
import { nameConstraintRules } from "./nameConstraintRules";
import { nameRules } from "./nameRules";
import { policyRules } from "./policyRules";
import { publicTlsCaRules } from "./publicTlsCaRules";
import { publicTlsLeafRules } from "./publicTlsLeafRules";
import { publicTlsRules } from "./publicTlsRules";
import type { Level, LintProfile, Rule } from "./rule";
import { validityRules } from "./validityRules";

/** What a rule says about a certificate. */
export interface Finding {
  readonly rule: string;
  /** The document and the section that demand it. */
  readonly source: string;
  readonly level: Level;
  /** What is wrong, without a period. */
  readonly detail: string;
}

/** How a certificate is linted. */
export interface LintOptions {
  /** The rules beyond those that hold for every certificate. */
  readonly profile?: LintProfile;
  /** The certificate of the issuer, if it is known and another one. */
  readonly issuerDer?: Buffer;
  /**
   * Names that are copied from other certificates, as DER. How they are written is a matter of those certificates. The
   * issuer's subject is always one.
   */
  readonly copiedNames?: readonly Buffer[];
}

/** The rules for a certificate by itself, in the order of the findings. */
const RULES: readonly Rule[] = [
  ...fieldRules,
  ...nameRules,
  ...validityRules,
  ...keyRules,
  ...extensionRules,
  ...keyUsageRules,
  ...nameConstraintRules,
  ...policyRules,
  ...alternativeNameRules,
  ...accessRules,
  ...publicTlsRules,
  ...publicTlsCaRules,
  ...publicTlsLeafRules,
];

/** Applies every rule to a certificate. The findings come in the order of the table. */
export function lintCertificate(der: Buffer, { profile, issuerDer, copiedNames = [] }: LintOptions = {}): Finding[] {
  const issuer = issuerDer === undefined || issuerDer.equals(der) ? undefined : readOrFinding(issuerDer, []);
  const certificate = readOrFinding(der, [
    ...copiedNames,
    ...(issuer instanceof LintedCertificate ? [issuer.tbs.subject.der] : []),
  ]);
  if (!(certificate instanceof LintedCertificate)) {
    return [certificate];
  }
  const findings = RULES.filter((rule) => rule.profile === undefined || rule.profile === profile).flatMap((rule) =>
    findingsOf(rule, rule.check(certificate)),
  );
  return issuer instanceof LintedCertificate
    ? [...findings, ...issuerRules.flatMap((rule) => findingsOf(rule, rule.check(certificate, issuer)))]
    : findings;
}

function findingsOf({ name, source, level }: Omit<Rule, "check">, found: ReturnType<Rule["check"]>): Finding[] {
  return [found ?? []].flat().map((detail) => ({ rule: name, source, level, detail }));
}

function readOrFinding(der: Buffer, copiedNames: readonly Buffer[]): LintedCertificate | Finding {
  try {
    return new LintedCertificate(der, copiedNames);
  } catch (error) {
    if (error instanceof MalformedError) {
      return { rule: "certificate-syntax", source: "RFC 5280, section 4.1", level: "error", detail: error.message };
    }
    throw error;
  }
}
