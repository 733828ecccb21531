import type { KeyObject } from "node:crypto";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from "./peculiarX509";
import {
  encodeInhibitAnyPolicy,
  encodeNameConstraints,
  encodeOtherNames,
  encodePolicies,
  encodePolicyConstraints,
  encodeTlsFeatures,
} from "./encodedExtensions";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import type { Issuer } from "./issuer";
import { KEY_USAGES, type KeyUsage } from "./profiles";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";
import type { CertificateTemplate } from "./template";

/** What the extensions of a certificate follow from. */
export interface CertificateSubject {
  readonly template: CertificateTemplate;
  /** The subject's key. */
  readonly publicKey: KeyObject;
  /** Absent for a self-signed certificate. */
  readonly issuer?: Issuer;
  /** The root whose subject, key and key identifier a cross certificate takes. The template's subject is ignored. */
  readonly crossOf?: Issuer;
  /** The certificate in whose place this one is issued, if its name and key identifier must stay. */
  readonly predecessor?: Predecessor;
}

/** A certificate of another maker in whose place one is issued for the same key. */
export interface Predecessor extends Issuer {
  /**
   * What the program said when the predecessor was issued or taken. Whatever it says no differently now stays as it is in the
   * predecessor, octet by octet. Undefined: everything becomes as the program says.
   */
  readonly declared?: CertificateTemplate | undefined;
}

/** The extensions by which readers find the issuer of a certificate. */
export const KEY_IDENTIFIERS: readonly string[] = ["2.5.29.14", "2.5.29.35"];

/** The extensions of a certificate as its template has them, in the order in which they are written. */
export function certificateExtensions(subject: CertificateSubject): Extension[] {
  const { template, publicKey, issuer, crossOf, predecessor } = subject;
  const ownIdentifier = (crossOf ?? predecessor)?.subjectKeyIdentifier ?? subjectKeyIdentifier(publicKey);
  const ofIssuer = new AuthorityKeyIdentifierExtension(issuer?.subjectKeyIdentifier ?? ownIdentifier);
  return extensionsOf(template, ownIdentifier, [ofIssuer]);
}

/** The extensions to ask an issuer for: all but what only the issuer knows. */
export function requestedExtensions(template: CertificateTemplate, publicKey: KeyObject): Extension[] {
  return extensionsOf(template, subjectKeyIdentifier(publicKey), []);
}

function extensionsOf(
  template: CertificateTemplate,
  ownIdentifier: string,
  ofIssuer: readonly AuthorityKeyIdentifierExtension[],
): Extension[] {
  return [
    new KeyUsagesExtension(keyUsageFlags(template.keyUsages), true),
    ...(template.extendedKeyUsages.length > 0 ? [new ExtendedKeyUsageExtension([...template.extendedKeyUsages])] : []),
    ...(template.ca ? [new BasicConstraintsExtension(true, template.pathLength, true)] : []),
    new SubjectKeyIdentifierExtension(ownIdentifier),
    ...ofIssuer,
    ...subjectAlternativeNames(template),
    ...accessLocations(template),
    ...constraints(template),
    ...(template.tlsFeatures.length > 0
      ? [new Extension(TLS_FEATURE, false, encodeTlsFeatures(template.tlsFeatures))]
      : []),
    ...template.extensions.map(
      ({ oid, critical, valueHex }) => new Extension(oid, critical, Buffer.from(valueHex, "hex")),
    ),
  ];
}

function subjectAlternativeNames(template: CertificateTemplate): Extension[] {
  const names: JsonGeneralName[] = [
    ...template.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...template.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...template.emailAddresses.map((value) => ({ type: "email" as const, value })),
    ...template.uris.map((value) => ({ type: "url" as const, value })),
  ];
  const hasSubject = encodeDistinguishedName(template.subject ?? {}).length > 0;
  const { otherNames } = template;
  if (names.length + otherNames.length === 0) {
    return [];
  }
  // Critical if nothing else names the subject (RFC 5280, section 4.2.1.6).
  const known = new SubjectAlternativeNameExtension(names, !hasSubject);
  return otherNames.length === 0
    ? [known]
    : [new Extension(known.type, known.critical, encodeOtherNames(Buffer.from(known.value), otherNames))];
}

/** What certificates below a CA may be, and the policies (sections 4.2.1.4, 4.2.1.10, 4.2.1.11 and 4.2.1.14). */
function constraints(template: CertificateTemplate): Extension[] {
  const { nameConstraints, policies, policyConstraints, inhibitAnyPolicy } = template;
  return [
    ...(nameConstraints === undefined
      ? []
      : [new Extension(NAME_CONSTRAINTS, true, encodeNameConstraints(nameConstraints))]),
    ...(policies.length === 0 ? [] : [new Extension(POLICIES, false, encodePolicies(policies))]),
    ...(policyConstraints === undefined
      ? []
      : [new Extension(POLICY_CONSTRAINTS, true, encodePolicyConstraints(policyConstraints))]),
    ...(inhibitAnyPolicy === undefined
      ? []
      : [new Extension(INHIBIT_ANY_POLICY, true, encodeInhibitAnyPolicy(inhibitAnyPolicy))]),
  ];
}

const [NAME_CONSTRAINTS, POLICIES] = ["2.5.29.30", "2.5.29.32"];
const [POLICY_CONSTRAINTS, INHIBIT_ANY_POLICY, TLS_FEATURE] = ["2.5.29.36", "2.5.29.54", "1.3.6.1.5.5.7.1.24"];

/** Where readers fetch revocation lists, OCSP responses and the issuer's certificate (sections 4.2.1.13 and 4.2.2.1). */
function accessLocations({
  crlDistributionPoints,
  ocspServers,
  issuingCertificateUrls,
}: CertificateTemplate): Extension[] {
  return [
    // One distribution point each, as Go writes them.
    ...(crlDistributionPoints.length > 0 ? [new CRLDistributionPointsExtension([...crlDistributionPoints])] : []),
    ...(ocspServers.length + issuingCertificateUrls.length > 0
      ? [new AuthorityInfoAccessExtension({ ocsp: [...ocspServers], caIssuers: [...issuingCertificateUrls] })]
      : []),
  ];
}

const KEY_USAGE_FLAGS: Readonly<Record<KeyUsage, KeyUsageFlags>> = {
  digitalSignature: KeyUsageFlags.digitalSignature,
  contentCommitment: KeyUsageFlags.nonRepudiation,
  keyEncipherment: KeyUsageFlags.keyEncipherment,
  dataEncipherment: KeyUsageFlags.dataEncipherment,
  keyAgreement: KeyUsageFlags.keyAgreement,
  keyCertSign: KeyUsageFlags.keyCertSign,
  cRLSign: KeyUsageFlags.cRLSign,
  encipherOnly: KeyUsageFlags.encipherOnly,
  decipherOnly: KeyUsageFlags.decipherOnly,
};

/** The key usages that are set, by their names and in their order. */
export function keyUsageNames(flags: number): KeyUsage[] {
  return KEY_USAGES.filter((usage) => (flags & KEY_USAGE_FLAGS[usage]) !== 0);
}

function keyUsageFlags(usages: readonly KeyUsage[]): KeyUsageFlags {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is a set of bits
  return usages.reduce<number>((flags, usage) => flags | KEY_USAGE_FLAGS[usage], 0);
}
