import { type ExtensionName, EXTENSIONS } from "./extensionSyntax";
import type { LintedCertificate } from "./lintedCertificate";
import { type Found, type Rule, when } from "./rule";

interface Criticality {
  readonly critical: boolean;
  readonly source: string;
  /** A warning for a "SHOULD"; an error by default. */
  readonly level?: "warning";
}

/** Whether extensions are critical, as far as a document says so for every certificate. */
const CRITICALITY: Readonly<Partial<Record<ExtensionName, Criticality>>> = {
  authorityKeyIdentifier: { critical: false, source: "RFC 5280, section 4.2.1.1" },
  subjectKeyIdentifier: { critical: false, source: "RFC 5280, section 4.2.1.2" },
  keyUsage: { critical: true, source: "RFC 5280, section 4.2.1.3", level: "warning" },
  policyMappings: { critical: true, source: "RFC 5280, section 4.2.1.5", level: "warning" },
  issuerAltName: { critical: false, source: "RFC 5280, section 4.2.1.7", level: "warning" },
  subjectDirectoryAttributes: { critical: false, source: "RFC 5280, section 4.2.1.8" },
  nameConstraints: { critical: true, source: "RFC 5280, section 4.2.1.10" },
  policyConstraints: { critical: true, source: "RFC 5280, section 4.2.1.11" },
  cRLDistributionPoints: { critical: false, source: "RFC 5280, section 4.2.1.13", level: "warning" },
  inhibitAnyPolicy: { critical: true, source: "RFC 5280, section 4.2.1.14" },
  freshestCRL: { critical: false, source: "RFC 5280, section 4.2.1.15" },
  authorityInfoAccess: { critical: false, source: "RFC 5280, section 4.2.2.1" },
  subjectInfoAccess: { critical: false, source: "RFC 5280, section 4.2.2.2" },
  tlsFeature: { critical: false, source: "RFC 7633, section 4.1", level: "warning" },
  ocspNoCheck: { critical: false, source: "RFC 6960, section 4.2.2.2.1", level: "warning" },
  signedCertificateTimestamps: { critical: false, source: "RFC 6962, section 3.3", level: "warning" },
  precertificatePoison: { critical: true, source: "RFC 6962, section 3.1" },
  smimeCapabilities: { critical: false, source: "RFC 4262, section 2" },
};

/** The extensions that only a CA has. */
const OF_CAS: Readonly<Partial<Record<ExtensionName, string>>> = {
  nameConstraints: "RFC 5280, section 4.2.1.10",
  policyConstraints: "RFC 5280, section 4.2.1.11",
  policyMappings: "RFC 5280, section 4.2.1.5",
  inhibitAnyPolicy: "RFC 5280, section 4.2.1.14",
};

const criticalityRules = Object.entries(CRITICALITY).map(([name, { critical, source, level }]): Rule => ({
  name: `${kebab(name)}-${critical ? "critical" : "not-critical"}`,
  source,
  level: level ?? "error",
  check: (certificate) =>
    when(
      certificate.extension(name as ExtensionName)?.critical === !critical,
      `${name} is ${critical ? "not critical" : "critical"}`,
    ),
}));

const caExtensionRules = Object.entries(OF_CAS).map(([name, source]): Rule => ({
  name: `${kebab(name)}-in-ca`,
  source,
  level: "error",
  check: (certificate) =>
    when(
      certificate.extension(name as ExtensionName) !== undefined && !certificate.isCa,
      `${name} is in a certificate that is not a CA's`,
    ),
}));

export const extensionRules: readonly Rule[] = [
  {
    name: "extension-syntax",
    source: "RFC 5280, section 4.2",
    level: "error",
    check: ({ syntaxFaults }) => syntaxFaults,
  },
  {
    name: "extension-once",
    source: "RFC 5280, section 4.2",
    level: "error",
    check: ({ extensions }) =>
      extensions
        .filter(({ id }, index) => extensions.findIndex((each) => each.id === id) !== index)
        .map(({ id }) => `the extension ${id} is there twice`),
  },
  {
    name: "critical-extension-known",
    source: "RFC 5280, section 4.2",
    level: "warning",
    check: ({ extensions }) =>
      extensions
        .filter(({ id, critical }) => critical && !Object.values(EXTENSIONS).some((known) => known.id === id))
        .map(({ id }) => `the extension ${id} is critical, and most programs do not know it`),
  },
  ...criticalityRules,
  ...caExtensionRules,
  {
    name: "authority-key-identifier-present",
    source: "RFC 5280, section 4.2.1.1",
    level: "error",
    check: (certificate) =>
      when(
        certificate.extension("authorityKeyIdentifier") === undefined &&
          !(certificate.isCa && certificate.isSelfSigned),
        "authorityKeyIdentifier is missing",
      ),
  },
  {
    name: "authority-key-identifier-key",
    source: "RFC 5280, section 4.2.1.1",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const value = certificate.value("authorityKeyIdentifier");
      return when(value !== undefined && value.keyIdentifier === undefined, "authorityKeyIdentifier names no key");
    },
  },
  {
    name: "authority-key-identifier-issuer-and-serial",
    source: "RFC 5280, section 4.2.1.1 (X.509)",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const { authorityCertIssuer, authorityCertSerialNumber } = certificate.value("authorityKeyIdentifier") ?? {};
      return when(
        (authorityCertIssuer === undefined) !== (authorityCertSerialNumber === undefined),
        "authorityKeyIdentifier has one of authorityCertIssuer and authorityCertSerialNumber",
      );
    },
  },
  {
    name: "subject-key-identifier-in-ca",
    source: "RFC 5280, section 4.2.1.2",
    level: "error",
    check: (certificate) => when(certificate.isCa && !hasKeyIdentifier(certificate), "subjectKeyIdentifier is missing"),
  },
  {
    name: "subject-key-identifier-in-leaf",
    source: "RFC 5280, section 4.2.1.2",
    level: "warning",
    check: (certificate) =>
      when(!certificate.isCa && !hasKeyIdentifier(certificate), "subjectKeyIdentifier is missing"),
  },
  {
    name: "tls-feature-known",
    source: "RFC 7633, section 4.1",
    level: "warning",
    check: (certificate) =>
      (certificate.value("tlsFeature") ?? [])
        .filter((feature) => feature !== 5n && feature !== 17n)
        .map((feature) => `the TLS feature ${String(feature)} is neither status_request nor status_request_v2`),
  },
  {
    name: "precertificate-without-timestamps",
    source: "RFC 6962, section 3.1",
    level: "error",
    check: (certificate) =>
      when(
        certificate.extension("precertificatePoison") !== undefined &&
          certificate.extension("signedCertificateTimestamps") !== undefined,
        "a precertificate has timestamps",
      ),
  },
  {
    name: "timestamps-not-empty",
    source: "RFC 6962, section 3.3",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const list = certificate.value("signedCertificateTimestamps");
      const isList = list !== undefined && list.length > 2 && list.readUInt16BE(0) === list.length - 2;
      return when(list !== undefined && !isList, "the list of timestamps is empty or cut off");
    },
  },
];

function hasKeyIdentifier(certificate: LintedCertificate): boolean {
  return certificate.extension("subjectKeyIdentifier") !== undefined;
}

/** `keyUsage` as `key-usage`, and `cRLDistributionPoints` as `crl-distribution-points`. */
function kebab(name: string): string {
  return name
    .replace(/^cRL/, "crl")
    .replace(/CRL/, "Crl")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
