import type { Asn1Text } from "./asn1Primitive";
import type { ExtensionValue } from "./extensionSyntax";
import type { LintedCertificate } from "./lintedCertificate";
import { uriFault } from "./nameForms";
import { type Found, type Rule, when } from "./rule";

/** anyPolicy (RFC 5280, section 4.2.1.4). */
export const ANY_POLICY = "2.5.29.32.0";

/** The qualifiers of RFC 5280, section 4.2.1.4. */
export const CPS_QUALIFIER = "1.3.6.1.5.5.7.2.1";
const USER_NOTICE_QUALIFIER = "1.3.6.1.5.5.7.2.2";

const LONGEST_NOTICE = 200;

const CONTROL_CHARACTERS = /[\0-\x1f\x7f-\x9f]/;

/** A qualifier, with the policy that it belongs to. */
type PolicyQualifier = NonNullable<Policy["policyQualifiers"]>[number] & Pick<Policy, "policyIdentifier">;

type Policy = ExtensionValue<"certificatePolicies">[number];

/** The qualifiers of all policies. */
export function qualifiersOf(certificate: LintedCertificate): readonly PolicyQualifier[] {
  return (certificate.value("certificatePolicies") ?? []).flatMap(({ policyIdentifier, policyQualifiers = [] }) =>
    policyQualifiers.map((qualifier) => ({ policyIdentifier, ...qualifier })),
  );
}

function userNotices(certificate: LintedCertificate) {
  return qualifiersOf(certificate).flatMap(({ qualifier }) =>
    qualifier.kind === "userNotice" ? [qualifier.value] : [],
  );
}

function noticeTexts(certificate: LintedCertificate): Asn1Text[] {
  return userNotices(certificate).flatMap(({ explicitText }) => explicitText ?? []);
}

export const policyRules: readonly Rule[] = [
  {
    name: "policy-once",
    source: "RFC 5280, section 4.2.1.4",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const policies = (certificate.value("certificatePolicies") ?? []).map(({ policyIdentifier }) => policyIdentifier);
      return policies
        .filter((policy, index) => policies.indexOf(policy) !== index)
        .map((policy) => `the policy ${policy} is there twice`);
    },
  },
  {
    name: "policy-qualifier-known",
    source: "RFC 5280, section 4.2.1.4",
    level: "error",
    check: (certificate) =>
      qualifiersOf(certificate)
        .filter(
          ({ policyIdentifier, policyQualifierId }) =>
            policyIdentifier === ANY_POLICY && ![CPS_QUALIFIER, USER_NOTICE_QUALIFIER].includes(policyQualifierId),
        )
        .map(({ policyQualifierId }) => `anyPolicy has the qualifier ${policyQualifierId}`),
  },
  {
    name: "policy-qualifier-syntax",
    source: "RFC 5280, section 4.2.1.4",
    level: "error",
    check: (certificate) =>
      qualifiersOf(certificate)
        .filter(({ policyQualifierId, qualifier }) => {
          const kind = { [CPS_QUALIFIER]: "cps", [USER_NOTICE_QUALIFIER]: "userNotice" }[policyQualifierId];
          return kind !== undefined && qualifier.kind !== kind;
        })
        .map(({ policyQualifierId }) => `the qualifier ${policyQualifierId} is not of its type`),
  },
  {
    name: "policy-cps-form",
    source: "RFC 5280, section 4.2.1.4",
    level: "error",
    check: (certificate) =>
      qualifiersOf(certificate).flatMap(({ qualifier }) =>
        qualifier.kind === "cps" ? (uriFault(qualifier.value.text) ?? []) : [],
      ),
  },
  {
    name: "policy-notice-length",
    source: "RFC 5280, section 4.2.1.4",
    level: "error",
    check: (certificate) =>
      noticeTexts(certificate)
        .map(({ text }) => Array.from(text).length)
        .filter((length) => length > LONGEST_NOTICE || length === 0)
        .map((length) => `a user notice has ${String(length)} characters, and 1 to 200 may be`),
  },
  {
    name: "policy-notice-type",
    source: "RFC 6818, section 3",
    level: "error",
    check: (certificate) =>
      noticeTexts(certificate)
        .filter(({ type }) => type !== "UTF8String")
        .map(({ type }) => `a user notice is a ${type}, not a UTF8String`),
  },
  {
    name: "policy-notice-control-characters",
    source: "RFC 6818, section 3",
    level: "warning",
    check: (certificate) =>
      when(
        noticeTexts(certificate).some(({ text }) => CONTROL_CHARACTERS.test(text) || text.normalize("NFC") !== text),
        "a user notice has a control character, or is not in Unicode's form C",
      ),
  },
  {
    name: "policy-notice-reference",
    source: "RFC 5280, section 4.2.1.4",
    level: "warning",
    check: (certificate) =>
      when(
        userNotices(certificate).some(({ noticeRef }) => noticeRef !== undefined),
        "a user notice refers to another text",
      ),
  },
  {
    name: "policy-constraints-not-empty",
    source: "RFC 5280, section 4.2.1.11",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const { requireExplicitPolicy, inhibitPolicyMapping } = certificate.value("policyConstraints") ?? {};
      const isEmpty = requireExplicitPolicy === undefined && inhibitPolicyMapping === undefined;
      return when(
        certificate.value("policyConstraints") !== undefined && isEmpty,
        "policyConstraints has no constraint",
      );
    },
  },
  {
    name: "policy-numbers-not-negative",
    source: "RFC 5280, sections 4.2.1.11 and 4.2.1.14",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const { requireExplicitPolicy = 0n, inhibitPolicyMapping = 0n } = certificate.value("policyConstraints") ?? {};
      const numbers = [requireExplicitPolicy, inhibitPolicyMapping, certificate.value("inhibitAnyPolicy") ?? 0n];
      return when(
        numbers.some((number) => number < 0n),
        "policyConstraints or inhibitAnyPolicy has a number below 0",
      );
    },
  },
  {
    name: "policy-mapping-any",
    source: "RFC 5280, section 4.2.1.5",
    level: "error",
    check: (certificate) =>
      when(
        (certificate.value("policyMappings") ?? []).some((mapping) => Object.values(mapping).includes(ANY_POLICY)),
        "policyMappings maps anyPolicy",
      ),
  },
  {
    name: "policy-mapping-declared",
    source: "RFC 5280, section 4.2.1.5",
    level: "warning",
    check: (certificate: LintedCertificate): Found => {
      const policies = (certificate.value("certificatePolicies") ?? []).map(({ policyIdentifier }) => policyIdentifier);
      return (certificate.value("policyMappings") ?? [])
        .filter(({ issuerDomainPolicy }) => !policies.includes(issuerDomainPolicy))
        .map(({ issuerDomainPolicy }) => `policyMappings maps ${issuerDomainPolicy}, which is not a policy of the CA`);
    },
  },
];
