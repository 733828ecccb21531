import type { KeyUsageBit } from "./extensionSyntax";
import { KEY_ALGORITHMS, keyAlgorithm } from "./keyRules";
import type { LintedCertificate } from "./lintedCertificate";
import { type Found, type Rule, when } from "./rule";

const SIGNING: readonly KeyUsageBit[] = ["digitalSignature", "contentCommitment", "keyCertSign", "cRLSign"];
const AGREEMENT: readonly KeyUsageBit[] = ["keyAgreement", "encipherOnly", "decipherOnly"];
const ENCIPHERMENT: readonly KeyUsageBit[] = ["keyEncipherment", "dataEncipherment"];

/** The uses that a key can have by its algorithm. */
const USES_BY_KEY: Readonly<Record<string, readonly KeyUsageBit[]>> = {
  [KEY_ALGORITHMS.rsa]: [...SIGNING, ...ENCIPHERMENT],
  [KEY_ALGORITHMS.rsaPss]: SIGNING,
  [KEY_ALGORITHMS.ec]: [...SIGNING, ...AGREEMENT],
  [KEY_ALGORITHMS.ed25519]: SIGNING,
  [KEY_ALGORITHMS.ed448]: SIGNING,
  [KEY_ALGORITHMS.x25519]: AGREEMENT,
  [KEY_ALGORITHMS.x448]: AGREEMENT,
};

/** The purposes of RFC 5280, section 4.2.1.12, with the uses of the key that may be consistent with each. */
const USES_BY_PURPOSE: Readonly<Record<string, readonly KeyUsageBit[]>> = {
  "1.3.6.1.5.5.7.3.1": ["digitalSignature", "keyEncipherment", "keyAgreement"],
  "1.3.6.1.5.5.7.3.2": ["digitalSignature", "keyAgreement"],
  "1.3.6.1.5.5.7.3.3": ["digitalSignature"],
  "1.3.6.1.5.5.7.3.4": ["digitalSignature", "contentCommitment", "keyEncipherment", "keyAgreement"],
  "1.3.6.1.5.5.7.3.8": ["digitalSignature", "contentCommitment"],
  "1.3.6.1.5.5.7.3.9": ["digitalSignature", "contentCommitment"],
};

const [TIME_STAMPING, ANY_PURPOSE] = ["1.3.6.1.5.5.7.3.8", "2.5.29.37.0"];

export const keyUsageRules: readonly Rule[] = [
  {
    name: "basic-constraints-critical",
    source: "RFC 5280, section 4.2.1.9",
    level: "error",
    check: (certificate) =>
      when(
        certificate.isCa && certificate.extension("basicConstraints")?.critical === false,
        "basicConstraints is not critical",
      ),
  },
  {
    name: "path-length-in-ca",
    source: "RFC 5280, section 4.2.1.9",
    level: "error",
    check: (certificate) =>
      when(
        certificate.value("basicConstraints")?.pathLenConstraint !== undefined &&
          !(certificate.isCa && certificate.mayBeUsedFor("keyCertSign")),
        "there is a path length without cA and keyCertSign",
      ),
  },
  {
    name: "path-length-not-negative",
    source: "RFC 5280, section 4.2.1.9",
    level: "error",
    check: (certificate) =>
      when((certificate.value("basicConstraints")?.pathLenConstraint ?? 0n) < 0n, "the path length is below 0"),
  },
  {
    name: "key-usage-in-ca",
    source: "RFC 5280, section 4.2.1.3",
    level: "error",
    check: (certificate) =>
      when(
        certificate.isCa && certificate.extension("keyUsage") === undefined,
        "keyUsage is missing in a CA's certificate",
      ),
  },
  {
    name: "key-usage-not-empty",
    source: "RFC 5280, section 4.2.1.3",
    level: "error",
    check: (certificate) => when(certificate.value("keyUsage")?.size === 0, "keyUsage has no bit"),
  },
  {
    name: "key-usage-of-ca",
    source: "RFC 5280, sections 4.2.1.3 and 4.2.1.9",
    level: "error",
    check: (certificate) =>
      when(
        certificate.value("keyUsage") !== undefined && certificate.isCa !== certificate.mayBeUsedFor("keyCertSign"),
        certificate.isCa ? "a CA lacks keyCertSign" : "keyCertSign is in a certificate that is not a CA's",
      ),
  },
  {
    name: "key-usage-fits-key",
    source: "RFC 3279, section 2.3.1; RFC 4055, section 1.2; RFC 8813, section 3; RFC 9295, section 3",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const uses = USES_BY_KEY[keyAlgorithm(certificate)];
      return usagesOf(certificate)
        .filter((usage) => uses?.includes(usage) === false)
        .map((usage) => `the key cannot be used for ${usage}`);
    },
  },
  {
    name: "key-usage-of-rsa-ca",
    source: "RFC 3279, section 2.3.1",
    level: "error",
    check: (certificate) =>
      usagesOf(certificate)
        .filter((usage) => ENCIPHERMENT.includes(usage) && certificate.isCa && isRsa(certificate))
        .map((usage) => `a CA's key is also for ${usage}`),
  },
  {
    name: "key-usage-of-leaf-lists",
    source: "RFC 3279, section 2.3.1",
    level: "error",
    check: (certificate) =>
      when(
        !certificate.isCa && isRsa(certificate) && certificate.mayBeUsedFor("cRLSign"),
        "cRLSign is in a certificate for an RSA key that is not a CA's",
      ),
  },
  {
    name: "key-usage-agreement",
    source: "RFC 5280, section 4.2.1.3",
    level: "error",
    check: (certificate) =>
      when(
        certificate.mayBeUsedFor("encipherOnly") && certificate.mayBeUsedFor("decipherOnly"),
        "both encipherOnly and decipherOnly are there",
      ),
  },
  {
    name: "key-usage-agreement-only",
    source: "RFC 5280, section 4.2.1.3",
    level: "warning",
    check: (certificate) =>
      when(
        (certificate.mayBeUsedFor("encipherOnly") || certificate.mayBeUsedFor("decipherOnly")) &&
          !certificate.mayBeUsedFor("keyAgreement"),
        "encipherOnly or decipherOnly means nothing without keyAgreement",
      ),
  },
  {
    name: "key-usage-required-for-agreement",
    source: "RFC 9295, section 3",
    level: "error",
    check: (certificate) =>
      when(
        [KEY_ALGORITHMS.x25519, KEY_ALGORITHMS.x448].some((each) => each === keyAlgorithm(certificate)) &&
          certificate.value("keyUsage") !== undefined &&
          !certificate.mayBeUsedFor("keyAgreement"),
        "the key is for key agreement, and keyUsage does not have keyAgreement",
      ),
  },
  {
    name: "key-usage-fits-purpose",
    source: "RFC 5280, section 4.2.1.12",
    level: "error",
    check: (certificate) => (certificate.isCa ? undefined : purposeFault(certificate)),
  },
  {
    name: "extended-key-usage-time-stamping-critical",
    source: "RFC 3161, section 2.3",
    level: "error",
    check: (certificate) =>
      when(
        !certificate.isCa &&
          certificate.value("extKeyUsage")?.includes(TIME_STAMPING) === true &&
          certificate.extension("extKeyUsage")?.critical === false,
        "extKeyUsage is for time stamping and not critical",
      ),
  },
  {
    name: "extended-key-usage-any-not-critical",
    source: "RFC 5280, section 4.2.1.12",
    level: "warning",
    check: (certificate) =>
      when(
        certificate.value("extKeyUsage")?.includes(ANY_PURPOSE) === true &&
          certificate.extension("extKeyUsage")?.critical === true,
        "extKeyUsage is critical, although it allows any purpose",
      ),
  },
  {
    name: "extended-key-usage-unique",
    source: "RFC 5280, section 4.2.1.12",
    level: "warning",
    check: (certificate: LintedCertificate): Found => {
      const purposes = certificate.value("extKeyUsage") ?? [];
      return when(new Set(purposes).size < purposes.length, "a purpose is there twice");
    },
  },
];

function usagesOf(certificate: LintedCertificate): KeyUsageBit[] {
  return [...(certificate.value("keyUsage") ?? [])];
}

function isRsa(certificate: LintedCertificate): boolean {
  return keyAlgorithm(certificate) === KEY_ALGORITHMS.rsa;
}

/** With several purposes, the key may be used for any of them. A purpose that is unknown may need anything. */
function purposeFault(certificate: LintedCertificate): string | undefined {
  const purposes = certificate.value("extKeyUsage") ?? [];
  const usages = usagesOf(certificate);
  const consistent = purposes.map((purpose) => USES_BY_PURPOSE[purpose]);
  if (purposes.length === 0 || usages.length === 0 || consistent.includes(undefined)) {
    return undefined;
  }
  const extra = usages.find((usage) => !consistent.some((uses) => uses?.includes(usage)));
  return extra === undefined
    ? when(
        usages.includes("keyEncipherment") && usages.includes("keyAgreement"),
        "keyUsage has both keyEncipherment and keyAgreement",
      )
    : `keyUsage has ${extra}, which no purpose in extKeyUsage needs`;
}
