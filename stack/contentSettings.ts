import type { AuthorityCertificateArgs } from "../provider";

/** The certificates that settings describe. */
export const PARTS = ["root", "intermediate"] as const;

/** One of {@link PARTS}. */
export type Part = (typeof PARTS)[number];

type Content = Exclude<
  keyof AuthorityCertificateArgs,
  "validity" | "pathLength" | "renewBefore" | "lintProfile" | "adopt"
>;

/** The arguments that structured settings give, by the end of the setting's name. */
const CONTENT: Readonly<Record<Content, string>> = {
  subject: "Subject",
  nameConstraints: "NameConstraints",
  policies: "Policies",
  policyConstraints: "PolicyConstraints",
  inhibitAnyPolicy: "InhibitAnyPolicy",
  extendedKeyUsages: "ExtendedKeyUsages",
  crlDistributionPoints: "CrlDistributionPoints",
  ocspServers: "OcspServers",
  issuingCertificateUrls: "IssuingCertificateUrls",
  extensions: "Extensions",
  allowedExtensions: "AllowedExtensions",
};

/** The structured settings of a certificate, by argument: `nameConstraints` is `rootNameConstraints`. */
export function contentSettings(part: Part): [keyof typeof CONTENT, string][] {
  return Object.entries(CONTENT).map(([argument, end]) => [argument as keyof typeof CONTENT, `${part}${end}`]);
}

/** The setting that names a certificate that exists: `rootAdopt`. */
export function adoptSetting(part: Part): string {
  return `${part}Adopt`;
}
