import { ATTRIBUTES } from "./attributeTypes";
import { attributesOf } from "./distinguishedNames";
import type { ExtensionName, KeyUsageBit } from "./extensionSyntax";
import type { LintedCertificate } from "./lintedCertificate";
import { quoted } from "./nameForms";
import { CLIENT_AUTH, RESERVED_POLICIES, SERVER_AUTH } from "./publicTlsCaRules";
import { baselineRule } from "./publicTlsRules";
import { type Rule, when } from "./rule";
import { momentOf } from "./validityRules";

/** In days, by the instant from which on they hold (BR 6.3.2), the latest first. */
const LONGEST_VALIDITIES: readonly (readonly [string, number])[] = [
  ["2029-03-15", 47],
  ["2027-03-15", 100],
  ["2026-03-15", 200],
  ["2020-09-01", 398],
];

const [DOMAIN_VALIDATED] = [RESERVED_POLICIES[1]];

const REQUIRED = [
  "authorityInfoAccess",
  "authorityKeyIdentifier",
  "certificatePolicies",
  "extKeyUsage",
  "subjectAltName",
] as const satisfies readonly ExtensionName[];

const NOT_CRITICAL = [
  "authorityInfoAccess",
  "certificatePolicies",
  "cRLDistributionPoints",
  "extKeyUsage",
  "signedCertificateTimestamps",
] as const satisfies readonly ExtensionName[];

const LEAF_USES: readonly KeyUsageBit[] = ["digitalSignature", "keyEncipherment", "keyAgreement", "dataEncipherment"];

const DAY_MILLISECONDS = 86_400_000;

/** A rule for certificates of servers. */
function leafRule(name: string, section: string, check: Rule["check"], level?: Rule["level"]): Rule {
  return baselineRule(
    `leaf-${name}`,
    section,
    (certificate) => (certificate.isCa ? undefined : check(certificate)),
    level,
  );
}

export const publicTlsLeafRules: readonly Rule[] = [
  leafRule("extensions", "7.1.2.7.6", (certificate) =>
    REQUIRED.filter((name) => certificate.extension(name) === undefined).map((name) => `${name} is missing`),
  ),
  leafRule("criticality", "7.1.2.7.6", (certificate) =>
    NOT_CRITICAL.filter((name) => certificate.extension(name)?.critical === true).map((name) => `${name} is critical`),
  ),
  leafRule("constraints-critical", "7.1.2.7.6", (certificate) =>
    when(certificate.extension("basicConstraints")?.critical === false, "basicConstraints is not critical"),
  ),
  leafRule("purposes", "7.1.2.7.10", (certificate) => {
    const purposes = certificate.value("extKeyUsage") ?? [SERVER_AUTH];
    return when(
      !purposes.includes(SERVER_AUTH) ||
        !purposes.every((purpose) => purpose === SERVER_AUTH || purpose === CLIENT_AUTH),
      "extKeyUsage is not serverAuth with at most clientAuth",
    );
  }),
  leafRule("key-usage", "7.1.2.7.11", (certificate) =>
    [...(certificate.value("keyUsage") ?? [])]
      .filter((usage) => !LEAF_USES.includes(usage))
      .map((usage) => `the key of a server is for ${usage}`),
  ),
  leafRule("policies", "7.1.2.7.9", (certificate) => {
    const policies = certificate.value("certificatePolicies");
    const reserved = policies?.filter(({ policyIdentifier }) => RESERVED_POLICIES.includes(policyIdentifier));
    return when(
      reserved !== undefined && reserved.length !== 1,
      "there is not exactly one policy of the CA/Browser Forum",
    );
  }),
  leafRule("subject", "7.1.2.7.2", (certificate) =>
    isDomainValidated(certificate)
      ? attributesOf(certificate.tbs.subject)
          .filter(({ id }) => !["countryName", "commonName"].includes(ATTRIBUTES[id]?.name ?? ""))
          .map(({ label }) => `${label} is in the subject of a domain validated certificate`)
      : undefined,
  ),
  leafRule("subject-unit", "7.1.2.7", ({ tbs }) =>
    when(
      attributesOf(tbs.subject).some(({ rules }) => rules?.name === "organizationalUnitName"),
      "organizationalUnitName is in the subject",
    ),
  ),
  leafRule("common-name", "7.1.4.3", (certificate) => {
    const names = alternativeTexts(certificate);
    return attributesOf(certificate.tbs.subject)
      .filter(({ rules, text }) => rules?.name === "commonName" && !names.includes(text?.text ?? ""))
      .map(({ text }) => `the common name ${quoted(text?.text ?? "")} is not one of the alternative names`);
  }),
  leafRule("validity", "6.3.2", ({ tbs: { validity } }) => {
    const [begin, end] = [momentOf(validity.notBefore), momentOf(validity.notAfter)];
    if (begin === undefined || end === undefined) {
      return undefined;
    }
    const [, longest = Infinity] = LONGEST_VALIDITIES.find(([from]) => begin >= new Date(from)) ?? [];
    // The last second belongs to the period.
    const days = (end.getTime() - begin.getTime() + 1000) / DAY_MILLISECONDS;
    return when(days > longest, `it is valid for more than ${String(longest)} days`);
  }),
];

function isDomainValidated(certificate: LintedCertificate): boolean {
  return (certificate.value("certificatePolicies") ?? []).some(
    ({ policyIdentifier }) => policyIdentifier === DOMAIN_VALIDATED,
  );
}

function alternativeTexts(certificate: LintedCertificate): string[] {
  return (certificate.value("subjectAltName") ?? []).flatMap((name) =>
    name.kind === "iPAddress"
      ? [name.value.length === 4 ? [...name.value].join(".") : name.value.toString("hex")]
      : name.kind === "dNSName"
        ? [name.value.text]
        : [],
  );
}
