import { distributionPointNames } from "./accessRules";
import { attributeId, ATTRIBUTES } from "./attributeTypes";
import type { LintedGeneralName } from "./certificateSyntax";
import { attributesOf } from "./distinguishedNames";
import { rsaKey } from "./keyRules";
import type { LintedCertificate } from "./lintedCertificate";
import { hostOf, quoted } from "./nameForms";
import { CPS_QUALIFIER, qualifiersOf } from "./policyRules";
import { isCountry, isInternalAddress, isInternalName, touchesInternalAddresses } from "./publicNames";
import { type Rule, when } from "./rule";

/** The encodings that a public key's algorithm may have (BR 7.1.3.1), in hex. */
const KEY_ENCODINGS = [
  "300d06092a864886f70d0101010500",
  "301306072a8648ce3d020106082a8648ce3d030107",
  "301006072a8648ce3d020106052b81040022",
  "301006072a8648ce3d020106052b81040023",
];

const pss = (hash: string, salt: string): string =>
  `304106092a864886f70d01010a3034a00f300d0609608648016503040${hash}0500a11c301a06092a864886f70d010108300d0609608648016503040${hash}0500a2030201${salt}`;

/** The encodings that a signature's algorithm may have (BR 7.1.3.2), in hex. */
const SIGNATURE_ENCODINGS = [
  ...["0b", "0c", "0d"].map((arc) => `300d06092a864886f70d0101${arc}0500`),
  ...[pss("201", "20"), pss("202", "30"), pss("203", "40")],
  ...["2", "3", "4"].map((arc) => `300a06082a8648ce3d04030${arc}`),
];

/** The order of a subject's attributes (BR 7.1.4.2). */
const ORDER = [
  "domainComponent",
  "countryName",
  "stateOrProvinceName",
  "localityName",
  "postalCode",
  "streetAddress",
  "organizationName",
  "surname",
  "givenName",
  "organizationalUnitName",
  "commonName",
].map(attributeId);

const [OCSP, CA_ISSUERS] = ["1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"];

/** A rule of the Baseline Requirements for TLS server certificates. */
export function baselineRule(
  name: string,
  section: string,
  check: Rule["check"],
  level: Rule["level"] = "error",
): Rule {
  return {
    name: `public-tls-${name}`,
    source: `CA/B Forum TLS BR, section ${section}`,
    level,
    profile: "publicTls",
    check,
  };
}

export const publicTlsRules: readonly Rule[] = [
  baselineRule("key-algorithm", "7.1.3.1", ({ tbs }) =>
    when(
      !KEY_ENCODINGS.includes(tbs.subjectPublicKeyInfo.value.algorithm.der.toString("hex")),
      "the key is neither RSA nor on P-256, P-384 or P-521",
    ),
  ),
  baselineRule("signature-algorithm", "7.1.3.2", ({ tbs }) =>
    when(!SIGNATURE_ENCODINGS.includes(tbs.signature.der.toString("hex")), "the signature algorithm is not allowed"),
  ),
  baselineRule("rsa-key-size", "6.1.5", (certificate) => {
    const bits = rsaKey(certificate)?.modulus.toString(2).length ?? 2048;
    return when(bits < 2048 || bits % 8 !== 0, `the RSA key has ${String(bits)} bits`);
  }),
  baselineRule(
    "rsa-exponent",
    "6.1.6",
    (certificate) =>
      when((rsaKey(certificate)?.publicExponent ?? 65_537n) < 65_537n, "the exponent of the RSA key is below 2^16 + 1"),
    "warning",
  ),
  baselineRule("subject-order", "7.1.4.2", ({ tbs }) => {
    const places = attributesOf(tbs.subject)
      .map(({ id }) => ORDER.indexOf(id))
      .filter((place) => place !== -1);
    return when(
      places.some((place, index) => place < (places[index - 1] ?? 0)),
      `the subject's attributes are not in the order ${ORDER.map((id) => ATTRIBUTES[id]?.name).join(", ")}`,
    );
  }),
  baselineRule("subject-attribute-alone", "7.1.4.2", ({ tbs }) =>
    when(
      tbs.subject.value.some((set) => set.length > 1),
      "a relative distinguished name of the subject has several attributes",
    ),
  ),
  baselineRule("subject-attribute-once", "7.1.4.1", ({ tbs }) => {
    const ids = attributesOf(tbs.subject).map(({ id }) => id);
    return ids
      .filter((id, index) => ids.indexOf(id) !== index && ATTRIBUTES[id]?.name !== "streetAddress")
      .map((id) => `${ATTRIBUTES[id]?.name ?? id} is there twice`);
  }),
  baselineRule("subject-attribute-type", "7.1.4.2", ({ tbs }) =>
    attributesOf(tbs.subject)
      .filter(({ text }) => text !== undefined && ["TeletexString", "UniversalString", "BMPString"].includes(text.type))
      .map(({ label }) => `${label} is neither a UTF8String nor a PrintableString`),
  ),
  baselineRule("subject-attribute-significant", "7.1.4.2", ({ tbs }) =>
    attributesOf(tbs.subject)
      .filter(({ text }) => text !== undefined && !/[\p{L}\p{N}]/u.test(text.text))
      .map(({ label }) => `${label} says nothing`),
  ),
  baselineRule("subject-attribute-markup", "7.1.4.2", ({ tbs }) =>
    attributesOf(tbs.subject)
      .filter(({ text }) => /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/i.test(text?.text ?? ""))
      .map(({ label }) => `${label} has an entity of HTML`),
  ),
  baselineRule("subject-attribute-length", "7.1.4.2", ({ tbs }) =>
    attributesOf(tbs.subject)
      .filter(
        ({ rules, text }) => ["surname", "givenName"].includes(rules?.name ?? "") && (text?.text.length ?? 0) > 64,
      )
      .map(({ label }) => `${label} has more than 64 characters`),
  ),
  baselineRule("country-code", "7.1.2.10.2", ({ tbs }) =>
    attributesOf(tbs.subject)
      .filter(({ rules, text }) => rules?.name === "countryName" && !isCountry(text?.text ?? ""))
      .map(({ text }) => `${quoted(text?.text ?? "")} is not a country of ISO 3166`),
  ),
  baselineRule("distribution-point-form", "7.1.2.11.2", (certificate) =>
    when(
      (certificate.value("cRLDistributionPoints") ?? []).some(
        ({ distributionPoint, reasons, cRLIssuer }) =>
          distributionPoint?.kind !== "fullName" || reasons !== undefined || cRLIssuer !== undefined,
      ) || !distributionPointNames(certificate).every(isHttp),
      "a distribution point is more or other than HTTP URIs",
    ),
  ),
  baselineRule("access-location", "7.1.2.10.3", (certificate) =>
    when(
      (certificate.value("authorityInfoAccess") ?? []).some(
        ({ accessMethod, accessLocation }) => ![OCSP, CA_ISSUERS].includes(accessMethod) || !isHttp(accessLocation),
      ),
      "authorityInfoAccess has something other than HTTP URIs of OCSP responders and issuers",
    ),
  ),
  baselineRule("access-location-once", "7.1.2.10.3", (certificate) => {
    const locations = (certificate.value("authorityInfoAccess") ?? []).flatMap(({ accessLocation }) =>
      accessLocation.kind === "uniformResourceIdentifier" ? [accessLocation.value.text] : [],
    );
    return when(new Set(locations).size < locations.length, "authorityInfoAccess has a URI twice");
  }),
  baselineRule("authority-key-identifier-only-key", "7.1.2.11.1", (certificate) => {
    const { authorityCertIssuer, authorityCertSerialNumber } = certificate.value("authorityKeyIdentifier") ?? {};
    return when(
      authorityCertIssuer !== undefined || authorityCertSerialNumber !== undefined,
      "authorityKeyIdentifier names more than a key",
    );
  }),
  baselineRule("policy-qualifier", "7.1.2.10.5", (certificate) =>
    qualifiersOf(certificate)
      .filter(({ policyQualifierId }) => policyQualifierId !== CPS_QUALIFIER)
      .map(({ policyQualifierId }) => `the policy qualifier ${policyQualifierId} is not the URI of a CPS`),
  ),
  baselineRule("policy-cps", "7.1.2.10.5", (certificate) =>
    when(
      qualifiersOf(certificate).some(
        ({ qualifier }) => qualifier.kind === "cps" && !/^https?:/i.test(qualifier.value.text),
      ),
      "the URI of a CPS is not HTTP or HTTPS",
    ),
  ),
  baselineRule("alternative-names", "7.1.2.7.12", (certificate) =>
    when(
      (certificate.value("subjectAltName") ?? []).some(({ kind }) => kind !== "dNSName" && kind !== "iPAddress"),
      "subjectAltName has something other than DNS names and IP addresses",
    ),
  ),
  baselineRule("dns-names", "7.1.2.7.12", (certificate) => {
    const names = dnsNames(certificate);
    return [
      ...names.filter((name) => name.includes("_")).map((name) => `the DNS name ${quoted(name)} has an underscore`),
      ...names
        .filter((name) => name.split(".").some((label) => /^(?!xn)..--/i.test(label)))
        .map((name) => `the DNS name ${quoted(name)} has a reserved label`),
    ];
  }),
  baselineRule("constraints-public", "7.1.5", (certificate) =>
    when(
      (certificate.value("nameConstraints")?.permittedSubtrees ?? []).some(
        ({ base }) => base.kind === "iPAddress" && touchesInternalAddresses(base.value),
      ),
      "nameConstraints permits addresses that are not public",
    ),
  ),
  baselineRule("names-public", "7.1.4.2", (certificate) =>
    when(publishedNames(certificate).some(isInternal), "it has a name or address that is not public"),
  ),
];

function dnsNames(certificate: LintedCertificate): string[] {
  return (certificate.value("subjectAltName") ?? []).flatMap((name) =>
    name.kind === "dNSName" ? [name.value.text] : [],
  );
}

/** The names that clients look up: alternative names, locations and the URIs of CPSs. */
function publishedNames(certificate: LintedCertificate): LintedGeneralName[] {
  return [
    ...(certificate.value("subjectAltName") ?? []),
    ...distributionPointNames(certificate),
    ...(certificate.value("authorityInfoAccess") ?? []).map(({ accessLocation }) => accessLocation),
    ...qualifiersOf(certificate).flatMap(({ qualifier }): LintedGeneralName[] =>
      qualifier.kind === "cps" ? [{ kind: "uniformResourceIdentifier", value: qualifier.value }] : [],
    ),
  ];
}

function isInternal(name: LintedGeneralName): boolean {
  switch (name.kind) {
    case "dNSName":
      return isInternalName(name.value.text);
    case "uniformResourceIdentifier":
      return isInternalName(hostOf(name.value.text) ?? "");
    case "rfc822Name":
      return isInternalName(name.value.text.replace(/^.*@/, ""));
    case "iPAddress":
      return isInternalAddress(name.value);
    case "otherName":
    case "directoryName":
    case "x400Address":
    case "ediPartyName":
    case "registeredID":
      return false;
  }
}

function isHttp(name: LintedGeneralName): boolean {
  return name.kind === "uniformResourceIdentifier" && /^http:\/\//i.test(name.value.text);
}
