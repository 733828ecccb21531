import { issue, issueRoot, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

/** A certificate as our profiles make it. */
interface IssuedCertificate {
  readonly what: string;
  readonly wish: Wish;
  readonly selfSigned: boolean;
  /** Whether it is a cross certificate, for another root. */
  readonly cross?: boolean;
  /** The findings of zlint: that it is not from a public CA. */
  readonly allowed: readonly string[];
}

/** Certificates of every kind. */
export const ISSUED: readonly IssuedCertificate[] = [
  {
    what: "A root",
    wish: { profile: "root", subject: { commonName: "Smallstep Root" } },
    selfSigned: true,
    allowed: ["e_ca_country_name_missing", "e_ca_organization_name_missing"],
  },
  {
    what: "An intermediate",
    wish: { profile: "intermediate", subject: { commonName: "Smallstep Intermediate" } },
    selfSigned: false,
    allowed: [
      "e_ca_country_name_missing",
      "e_ca_organization_name_missing",
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
    ],
  },
  {
    what: "An intermediate with a full subject",
    wish: {
      profile: "intermediate",
      subject: { country: "CH", organization: "Exämple AG", organizationalUnit: ["PKI", "Ops"], commonName: "CA 1" },
    },
    selfSigned: false,
    allowed: [
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
      "e_subj_orgunit_in_ca_cert",
    ],
  },
  {
    what: "A cross certificate, for a root without path length",
    wish: { profile: "cross" },
    selfSigned: false,
    cross: true,
    allowed: [
      "e_ca_country_name_missing",
      "e_ca_organization_name_missing",
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
    ],
  },
  {
    what: "A leaf",
    wish: { profile: "leaf", subject: { commonName: "a.example.com" }, dnsNames: ["a.example.com"] },
    selfSigned: false,
    allowed: ["e_sub_cert_aia_missing", "e_sub_cert_cert_policy_empty", "e_sub_cert_certificate_policies_missing"],
  },
  {
    what: "A leaf without a subject",
    wish: {
      profile: "leaf",
      ipAddresses: ["192.0.2.1", "2001:db8::1"],
      emailAddresses: ["pki@example.com"],
      uris: ["spiffe://example.com/ca"],
    },
    selfSigned: false,
    allowed: [
      "e_ext_san_contains_reserved_ip",
      "e_ext_san_rfc822_name_present",
      "e_ext_san_uniform_resource_identifier_present",
      "e_sub_cert_aia_missing",
      "e_sub_cert_cert_policy_empty",
      "e_sub_cert_certificate_policies_missing",
    ],
  },
  {
    what: "A CA that says everything",
    wish: {
      profile: "intermediate",
      subject: { country: "CH", organization: "Example", commonName: "Constrained CA" },
      nameConstraints: {
        permitted: {
          dnsDomains: ["example.com"],
          ipRanges: ["10.0.0.0/8", "2001:db8::/32"],
          uriDomains: [".example.com"],
        },
        excluded: { emailAddresses: [".example.com"], directoryNames: [{ country: "CH", organization: "Other" }] },
      },
      policies: [{ id: "1.3.6.1.4.1.99999.1", cps: ["http://pki.example.com/cps"], userNotice: "Nur für uns" }],
      ...{ policyConstraints: { requireExplicitPolicy: 3, inhibitPolicyMapping: 0 }, inhibitAnyPolicy: 0 },
      ...{ crlDistributionPoints: ["http://pki.example.com/root.crl"], ocspServers: ["http://ocsp.example.com"] },
      ...{ issuingCertificateUrls: ["http://pki.example.com/root.cer"], extendedKeyUsages: ["serverAuth"] },
      extensions: [{ oid: "1.3.6.1.4.1.99999.2", valueHex: "0500" }],
    },
    selfSigned: false,
    allowed: [
      "e_ext_nc_intersects_reserved_ip",
      "e_invalid_ca_certificate_policies",
      "e_policy_qualifiers_other_than_cps_not_permitted",
    ],
  },
  {
    what: "A leaf that says everything",
    wish: {
      ...{
        profile: "leaf",
        dnsNames: ["a.example.com"],
        otherNames: [{ oid: "1.3.6.1.4.1.311.20.2.3", utf8String: "a" }],
      },
      subject: {
        ...{ domainComponent: ["com", "example"], country: "CH", organization: "Example", commonName: "a.example.com" },
        ...{ title: "Dr.", surname: "B", givenName: "A", initials: "AB", pseudonym: "ab", dnQualifier: "1" },
        ...{ postOfficeBox: "1", description: "A leaf", organizationIdentifier: "VATCH-123456789" },
      },
      policies: [{ id: "2.23.140.1.2.2", cps: ["http://pki.example.com/cps"] }],
      ...{ crlDistributionPoints: ["http://pki.example.com/ca.crl"], ocspServers: ["http://ocsp.example.com"] },
      ...{ issuingCertificateUrls: ["http://pki.example.com/ca.cer"], tlsFeatures: ["status_request"] },
      extensions: [{ oid: "1.3.6.1.4.1.99999.2", valueHex: "0500" }],
    },
    selfSigned: false,
    allowed: [
      "e_cert_policy_ov_requires_province_or_locality",
      "e_ext_san_other_name_present",
      "e_invalid_subject_rdn_order",
      "e_sub_cert_given_name_surname_contains_correct_policy",
      "e_sub_cert_locality_name_must_appear",
      "e_sub_cert_province_must_appear",
    ],
  },
];

/** Issues one of them, as PEM. */
export async function issued({ wish, selfSigned, cross = false }: IssuedCertificate): Promise<string> {
  const signer = new KeySigner(keyPair("ECDSA_P256", "crossed"));
  const crossed = { pathLength: "unlimited", subject: { commonName: "Crossed Root" }, signer } as const;
  return issue({
    ...wish,
    ...(selfSigned ? {} : { issuerPem: await issueRoot({ pathLength: "unlimited" }) }),
    ...(cross ? { crossOfPem: await issueRoot(crossed) } : {}),
  });
}
