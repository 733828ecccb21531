import { EXTENDED_KEY_USAGES, KEY_USAGES, type KeyUsage, type ProfileName, PROFILES } from "./profiles";
import type { CertificatePolicy, PolicyConstraints } from "./certificatePolicy";
import { type CustomExtension, type OtherName, TLS_FEATURES, type TlsFeature, valueOctets } from "./customExtension";
import type { DistinguishedName } from "./distinguishedName";
import { type NameConstraints, withoutEmptyTrees } from "./nameConstraints";

/** The content of a certificate as the user gives it: a profile, and the differences from it. */
export interface CertificateContent {
  /** `root`, `intermediate`, `cross` or `leaf`: the defaults of everything below except the names. */
  readonly profile: ProfileName;
  readonly subject?: DistinguishedName;
  /** A duration (`87600h`). */
  readonly validity?: string;
  /** An RFC 3339 instant. Default the moment of issue. */
  readonly notBefore?: string;
  /** An RFC 3339 instant, instead of `validity`. */
  readonly notAfter?: string;
  /** A whole number from 0, or `unlimited`. */
  readonly pathLength?: number | "unlimited";
  readonly keyUsages?: readonly KeyUsage[];
  /** Names ({@link EXTENDED_KEY_USAGES}) or object identifiers. */
  readonly extendedKeyUsages?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly emailAddresses?: readonly string[];
  readonly uris?: readonly string[];
  /** URLs of revocation lists. */
  readonly crlDistributionPoints?: readonly string[];
  /** URLs of OCSP responders. */
  readonly ocspServers?: readonly string[];
  /** URLs of the issuer's certificate. */
  readonly issuingCertificateUrls?: readonly string[];
  readonly otherNames?: readonly OtherName[];
  readonly nameConstraints?: NameConstraints;
  readonly policies?: readonly CertificatePolicy[];
  readonly policyConstraints?: PolicyConstraints;
  readonly inhibitAnyPolicy?: number;
  readonly tlsFeatures?: readonly TlsFeature[];
  readonly extensions?: readonly CustomExtension[];
  /** The object identifiers that `extensions` may have. */
  readonly allowedExtensions?: readonly string[];
}

/** A {@link CertificateContent} with its profile's defaults filled in. Two equal templates make equal certificates. */
export interface CertificateTemplate {
  readonly subject: DistinguishedName | undefined;
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  readonly keyUsages: readonly KeyUsage[];
  /** As object identifiers. */
  readonly extendedKeyUsages: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly crlDistributionPoints: readonly string[];
  readonly ocspServers: readonly string[];
  readonly issuingCertificateUrls: readonly string[];
  readonly otherNames: readonly OtherName[];
  /** Without empty lists. */
  readonly nameConstraints: NameConstraints | undefined;
  readonly policies: readonly CertificatePolicy[];
  readonly policyConstraints: PolicyConstraints | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  /** As numbers, ascending. */
  readonly tlsFeatures: readonly number[];
  readonly extensions: readonly { readonly oid: string; readonly critical: boolean; readonly valueHex: string }[];
  readonly validitySeconds: number;
  readonly notBefore: Date | undefined;
  readonly notAfter: Date | undefined;
  /** Whether the user set this end. A default end is shortened to the issuer's. */
  readonly validityIsExplicit: boolean;
}

/** The explicit times of a {@link CertificateContent}, read. */
export interface CertificateTimes {
  readonly validitySeconds?: number | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/** Fills in the defaults of the profile. */
export function certificateTemplate(content: CertificateContent, times: CertificateTimes): CertificateTemplate {
  const { validitySeconds, notBefore, notAfter } = times;
  const profile = PROFILES[content.profile];
  const pathLength = content.pathLength ?? profile.pathLength;
  const keyUsages = content.keyUsages ?? profile.keyUsages;
  return {
    subject: content.subject,
    ca: profile.ca,
    pathLength: profile.ca && pathLength !== "unlimited" ? pathLength : undefined,
    keyUsages: KEY_USAGES.filter((usage) => keyUsages.includes(usage)),
    extendedKeyUsages: (content.extendedKeyUsages ?? profile.extendedKeyUsages).map(
      (usage) => EXTENDED_KEY_USAGES[usage] ?? usage,
    ),
    dnsNames: content.dnsNames ?? [],
    ipAddresses: content.ipAddresses ?? [],
    emailAddresses: content.emailAddresses ?? [],
    uris: content.uris ?? [],
    crlDistributionPoints: content.crlDistributionPoints ?? [],
    ocspServers: content.ocspServers ?? [],
    issuingCertificateUrls: content.issuingCertificateUrls ?? [],
    otherNames: (content.otherNames ?? []).map(({ oid, utf8String, valueHex }) => ({
      oid,
      ...(typeof utf8String === "string" ? { utf8String } : { valueHex: valueHex?.toLowerCase() }),
    })),
    nameConstraints: withoutEmptyTrees(content.nameConstraints),
    policies: (content.policies ?? []).map(({ id, cps, userNotice }) => ({
      ...{ id, cps: cps ?? [] },
      userNotice: userNotice ?? undefined,
    })),
    policyConstraints: content.policyConstraints,
    inhibitAnyPolicy: content.inhibitAnyPolicy,
    tlsFeatures: tlsFeatureNumbers(content.tlsFeatures ?? []),
    extensions: (content.extensions ?? []).map(({ oid, critical, ...value }) => ({
      ...{ oid, critical: critical === true },
      valueHex: valueOctets(value)?.toString("hex") ?? "",
    })),
    validitySeconds: validitySeconds ?? profile.validitySeconds,
    notBefore,
    notAfter,
    validityIsExplicit: validitySeconds !== undefined || notAfter !== undefined,
  };
}

function tlsFeatureNumbers(features: readonly TlsFeature[]): number[] {
  const numbers = features.map((feature) => (typeof feature === "number" ? feature : TLS_FEATURES[feature]));
  return [...new Set(numbers)].sort((one, other) => one - other);
}
