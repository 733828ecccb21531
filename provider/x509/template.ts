import { EXTENDED_KEY_USAGES, KEY_USAGES, type KeyUsage, type ProfileName, PROFILES } from "./profiles";
import type { DistinguishedName } from "./distinguishedName";

/** What a certificate shall say, as the user gives it: a profile and what differs from it. */
export interface CertificateContent {
  /** `root`, `intermediate` or `leaf`: the defaults of everything below but the names. */
  readonly profile: ProfileName;
  readonly subject?: DistinguishedName;
  /** A duration (`87600h`). */
  readonly validity?: string;
  /** A whole number from 0, or `unlimited`. */
  readonly pathLength?: number | "unlimited";
  readonly keyUsages?: readonly KeyUsage[];
  /** Names ({@link EXTENDED_KEY_USAGES}) or object identifiers. */
  readonly extendedKeyUsages?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly emailAddresses?: readonly string[];
  readonly uris?: readonly string[];
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
  readonly validitySeconds: number;
  /** Whether the user asked for this validity; a default gives way to the issuer's. */
  readonly validityIsExplicit: boolean;
}

/**
 * Fills in what the profile says.
 *
 * @param validitySeconds the explicit validity, read
 */
export function certificateTemplate(
  content: CertificateContent,
  validitySeconds: number | undefined,
): CertificateTemplate {
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
    validitySeconds: validitySeconds ?? profile.validitySeconds,
    validityIsExplicit: validitySeconds !== undefined,
  };
}
