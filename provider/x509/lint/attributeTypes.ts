import type { Asn1Text } from "./asn1Primitive";

/** What an attribute of a distinguished name must be. */
export interface AttributeRules {
  readonly name: string;
  /** The string types; any of a DirectoryString by default. */
  readonly types?: readonly Asn1Text["type"][];
  /** In characters. */
  readonly upperBound?: number;
}

const PRINTABLE = ["PrintableString"] as const;
const IA5 = ["IA5String"] as const;

/** DirectoryString (RFC 5280, section 4.1.2.4). */
export const DIRECTORY_STRING: readonly Asn1Text["type"][] = [
  "UTF8String",
  "PrintableString",
  "TeletexString",
  "UniversalString",
  "BMPString",
];

/** The attributes of X.520, PKCS#9 and RFC 4519, with the upper bounds of RFC 5280, appendix A.1, and X.520. */
export const ATTRIBUTES: Readonly<Record<string, AttributeRules>> = {
  "2.5.4.3": { name: "commonName", upperBound: 64 },
  "2.5.4.4": { name: "surname", upperBound: 32_768 },
  "2.5.4.5": { name: "serialNumber", types: PRINTABLE, upperBound: 64 },
  "2.5.4.6": { name: "countryName", types: PRINTABLE, upperBound: 2 },
  "2.5.4.7": { name: "localityName", upperBound: 128 },
  "2.5.4.8": { name: "stateOrProvinceName", upperBound: 128 },
  "2.5.4.9": { name: "streetAddress", upperBound: 128 },
  "2.5.4.10": { name: "organizationName", upperBound: 64 },
  "2.5.4.11": { name: "organizationalUnitName", upperBound: 64 },
  "2.5.4.12": { name: "title", upperBound: 64 },
  "2.5.4.13": { name: "description", upperBound: 1024 },
  "2.5.4.15": { name: "businessCategory", upperBound: 128 },
  "2.5.4.17": { name: "postalCode", upperBound: 40 },
  "2.5.4.18": { name: "postOfficeBox", upperBound: 40 },
  "2.5.4.20": { name: "telephoneNumber", types: PRINTABLE, upperBound: 32 },
  "2.5.4.41": { name: "name", upperBound: 32_768 },
  "2.5.4.42": { name: "givenName", upperBound: 32_768 },
  "2.5.4.43": { name: "initials", upperBound: 32_768 },
  "2.5.4.44": { name: "generationQualifier", upperBound: 32_768 },
  "2.5.4.46": { name: "dnQualifier", types: PRINTABLE },
  "2.5.4.51": { name: "houseIdentifier", upperBound: 32_768 },
  "2.5.4.65": { name: "pseudonym", upperBound: 128 },
  "2.5.4.97": { name: "organizationIdentifier" },
  "1.3.6.1.4.1.311.60.2.1.1": { name: "jurisdictionLocalityName", upperBound: 128 },
  "1.3.6.1.4.1.311.60.2.1.2": { name: "jurisdictionStateOrProvinceName", upperBound: 128 },
  "1.3.6.1.4.1.311.60.2.1.3": { name: "jurisdictionCountryName", types: PRINTABLE, upperBound: 2 },
  "1.2.840.113549.1.9.1": { name: "emailAddress", types: IA5, upperBound: 255 },
  "0.9.2342.19200300.100.1.25": { name: "domainComponent", types: IA5, upperBound: 63 },
  "0.9.2342.19200300.100.1.1": { name: "userId", upperBound: 256 },
};

/** The object identifier of an attribute by its name. */
export function attributeId(name: string): string {
  const [id = ""] = Object.entries(ATTRIBUTES).find(([, rules]) => rules.name === name) ?? [];
  return id;
}
