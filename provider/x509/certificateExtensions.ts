import type { KeyObject } from "node:crypto";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from "./peculiarX509";
import { encodeDistinguishedName } from "./distinguishedName";
import type { Issuer } from "./issuer";
import type { KeyUsage } from "./profiles";
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
}

/** The extensions of a certificate, in the order in which they are written. */
export function certificateExtensions({ template, publicKey, issuer, crossOf }: CertificateSubject): Extension[] {
  const ownIdentifier = crossOf?.subjectKeyIdentifier ?? subjectKeyIdentifier(publicKey);
  return [
    new KeyUsagesExtension(keyUsageFlags(template.keyUsages), true),
    ...(template.extendedKeyUsages.length > 0 ? [new ExtendedKeyUsageExtension([...template.extendedKeyUsages])] : []),
    ...(template.ca ? [new BasicConstraintsExtension(true, template.pathLength, true)] : []),
    new SubjectKeyIdentifierExtension(ownIdentifier),
    new AuthorityKeyIdentifierExtension(issuer?.subjectKeyIdentifier ?? ownIdentifier),
    ...subjectAlternativeNames(template),
    ...accessLocations(template),
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
  // Critical if nothing else names the subject (RFC 5280, section 4.2.1.6).
  return names.length > 0 ? [new SubjectAlternativeNameExtension(names, !hasSubject)] : [];
}

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

function keyUsageFlags(usages: readonly KeyUsage[]): KeyUsageFlags {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is a set of bits
  return usages.reduce<number>((flags, usage) => flags | KEY_USAGE_FLAGS[usage], 0);
}
