import { ATTRIBUTES } from "./attributeTypes";
import { attributesOf } from "./distinguishedNames";
import type { ExtensionName, KeyUsageBit } from "./extensionSyntax";
import type { LintedCertificate } from "./lintedCertificate";
import { ANY_POLICY } from "./policyRules";
import { baselineRule } from "./publicTlsRules";
import type { Rule } from "./rule";
import { when } from "./rule";
import { momentOf } from "./validityRules";

/** The policies of the CA/Browser Forum: EV, domain, organization and individual validated. */
export const RESERVED_POLICIES = ["2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3"];

export const [SERVER_AUTH, CLIENT_AUTH] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"] as const;

/** The purposes that an intermediate for TLS must not have (BR 7.1.2.10.6). */
const FOREIGN_PURPOSES: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.3": "codeSigning",
  "1.3.6.1.5.5.7.3.4": "emailProtection",
  "1.3.6.1.5.5.7.3.9": "OCSPSigning",
  "1.3.6.1.5.5.7.3.8": "timeStamping",
  "2.5.29.37.0": "anyExtendedKeyUsage",
  "1.3.6.1.4.1.11129.2.4.4": "precertificate signing",
};

const OF_EVERY_CA = ["basicConstraints", "keyUsage", "subjectKeyIdentifier"] as const;
const OF_INTERMEDIATES = [
  "authorityKeyIdentifier",
  "certificatePolicies",
  "cRLDistributionPoints",
  "extKeyUsage",
] as const satisfies readonly ExtensionName[];

const CRITICAL: readonly ExtensionName[] = ["basicConstraints", "keyUsage"];
const NOT_CRITICAL: readonly ExtensionName[] = [
  "certificatePolicies",
  "cRLDistributionPoints",
  "extKeyUsage",
  "signedCertificateTimestamps",
];

const CA_USES: readonly KeyUsageBit[] = ["digitalSignature", "keyCertSign", "cRLSign"];

const DAY_MILLISECONDS = 86_400_000;

function isRoot(certificate: LintedCertificate): boolean {
  return certificate.isCa && certificate.isSelfIssued;
}

function isIntermediate(certificate: LintedCertificate): boolean {
  return certificate.isCa && !certificate.isSelfIssued;
}

function subjectHas(certificate: LintedCertificate, attribute: string): boolean {
  return attributesOf(certificate.tbs.subject).some(({ id }) => ATTRIBUTES[id]?.name === attribute);
}

/** A rule for certificates of CAs. */
function caRule(name: string, section: string, check: Rule["check"], level?: Rule["level"]): Rule {
  return baselineRule(name, section, (certificate) => (certificate.isCa ? check(certificate) : undefined), level);
}

export const publicTlsCaRules: readonly Rule[] = [
  caRule("ca-subject", "7.1.2.10.2", (certificate) =>
    ["countryName", "organizationName", "commonName"]
      .filter((attribute) => !subjectHas(certificate, attribute))
      .map((attribute) => `${attribute} is missing in the subject of a CA`),
  ),
  caRule("ca-subject-unit", "7.1.2.10.2", (certificate) =>
    when(subjectHas(certificate, "organizationalUnitName"), "organizationalUnitName is in the subject of a CA"),
  ),
  caRule("ca-extensions", "7.1.2.1.2 and 7.1.2.10", (certificate) =>
    [...OF_EVERY_CA, ...(isRoot(certificate) ? [] : OF_INTERMEDIATES)]
      .filter((name) => certificate.extension(name) === undefined)
      .map((name) => `${name} is missing in a CA's certificate`),
  ),
  caRule("ca-criticality", "7.1.2.10", (certificate) => [
    ...CRITICAL.filter((name) => certificate.extension(name)?.critical === false).map(
      (name) => `${name} is not critical`,
    ),
    ...NOT_CRITICAL.filter((name) => certificate.extension(name)?.critical === true).map(
      (name) => `${name} is critical`,
    ),
  ]),
  caRule("ca-key-usage", "7.1.2.10.7", (certificate) => {
    const usages = certificate.value("keyUsage");
    return usages === undefined
      ? undefined
      : [
          ...(["keyCertSign", "cRLSign"] as const)
            .filter((usage) => !usages.has(usage))
            .map((usage) => `${usage} is missing`),
          ...[...usages].filter((usage) => !CA_USES.includes(usage)).map((usage) => `a CA's key is for ${usage}`),
        ];
  }),
  baselineRule("root-purposes-absent", "7.1.2.1.2", (certificate) =>
    when(isRoot(certificate) && certificate.extension("extKeyUsage") !== undefined, "extKeyUsage is in a root"),
  ),
  baselineRule("root-validity", "7.1.2.1.1", (certificate) => {
    const { notBefore, notAfter } = certificate.tbs.validity;
    const [begin, end] = [momentOf(notBefore), momentOf(notAfter)];
    // The last second belongs to the period.
    const days =
      begin === undefined || end === undefined ? 2922 : (end.getTime() - begin.getTime() + 1000) / DAY_MILLISECONDS;
    return when(
      isRoot(certificate) && (days < 2922 || days > 9132),
      "a root is valid for less than 2922 days or more than 9132",
    );
  }),
  baselineRule("root-key-identifiers-equal", "7.1.2.1.3", (certificate) => {
    const [own, authority] = [
      certificate.value("subjectKeyIdentifier"),
      certificate.value("authorityKeyIdentifier")?.keyIdentifier,
    ];
    return when(
      isRoot(certificate) && own !== undefined && authority !== undefined && !own.equals(authority),
      "the key identifiers of a root differ",
    );
  }),
  baselineRule(
    "root-path-length-absent",
    "7.1.2.1.4",
    (certificate) =>
      when(
        isRoot(certificate) && certificate.value("basicConstraints")?.pathLenConstraint !== undefined,
        "a root has a path length",
      ),
    "warning",
  ),
  baselineRule(
    "root-policies-absent",
    "7.1.2.1.2",
    (certificate) =>
      when(isRoot(certificate) && certificate.extension("certificatePolicies") !== undefined, "a root has policies"),
    "warning",
  ),
  baselineRule("intermediate-purposes", "7.1.2.10.6", (certificate) => {
    const purposes = certificate.value("extKeyUsage");
    if (!isIntermediate(certificate) || purposes === undefined) {
      return undefined;
    }
    return [
      ...(purposes.includes(SERVER_AUTH) ? [] : ["an intermediate is not for serverAuth"]),
      ...purposes
        .flatMap((purpose) => FOREIGN_PURPOSES[purpose] ?? [])
        .map((purpose) => `an intermediate is also for ${purpose}`),
    ];
  }),
  baselineRule("ca-policies", "7.1.2.10.5", (certificate) => {
    const policies = (certificate.value("certificatePolicies") ?? []).map(({ policyIdentifier }) => policyIdentifier);
    if (!certificate.isCa || policies.length === 0) {
      return undefined;
    }
    if (policies.includes(ANY_POLICY)) {
      return when(policies.length > 1, "anyPolicy is there with another policy");
    }
    const reserved = policies.filter((policy) => RESERVED_POLICIES.includes(policy));
    return when(reserved.length !== 1, "there is not exactly one policy of the CA/Browser Forum");
  }),
  baselineRule(
    "ca-access",
    "7.1.2.10.3",
    (certificate) =>
      when(
        isIntermediate(certificate) && certificate.extension("authorityInfoAccess") === undefined,
        "authorityInfoAccess is missing in an intermediate",
      ),
    "warning",
  ),
  baselineRule("ca-constrained", "7.1.2.5.2", (certificate) =>
    isIntermediate(certificate) ? missingConstraints(certificate) : undefined,
  ),
];

/** The kinds of names that a technically constrained CA leaves open. A CA without constraints is another kind of CA. */
function missingConstraints(certificate: LintedCertificate): string[] {
  const constraints = certificate.value("nameConstraints");
  if (constraints === undefined) {
    return [];
  }
  const { permittedSubtrees = [], excludedSubtrees = [] } = constraints;
  const isPermitted = (kind: string, length?: number): boolean =>
    permittedSubtrees.some(
      ({ base }) => base.kind === kind && (base.kind !== "iPAddress" || base.value.length === length),
    );
  const isExcluded = (kind: string, length?: number): boolean =>
    excludedSubtrees.some(
      ({ base }) =>
        base.kind === kind &&
        ((base.kind === "dNSName" && base.value.text === "") ||
          (base.kind === "iPAddress" && base.value.length === length && base.value.every((octet) => octet === 0))),
    );
  return [
    ...(isPermitted("directoryName") ? [] : ["nameConstraints permits no directory name"]),
    ...(isPermitted("dNSName") || isExcluded("dNSName") ? [] : ["nameConstraints leaves DNS names open"]),
    ...(isPermitted("iPAddress", 8) || isExcluded("iPAddress", 8)
      ? []
      : ["nameConstraints leaves IPv4 addresses open"]),
    ...(isPermitted("iPAddress", 32) || isExcluded("iPAddress", 32)
      ? []
      : ["nameConstraints leaves IPv6 addresses open"]),
  ];
}
