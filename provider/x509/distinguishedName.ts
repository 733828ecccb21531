/**
 * The distinguished name of a subject (RFC 5280, section 4.1.2.4). Every attribute takes a list, if it occurs more than
 * once.
 */
export interface DistinguishedName {
  /** The labels of a domain, from the top: `["com", "example"]`. */
  readonly domainComponent?: string | readonly string[];
  /** Two capital letters of ISO 3166, such as `CH`. */
  readonly country?: string | readonly string[];
  readonly organization?: string | readonly string[];
  readonly organizationalUnit?: string | readonly string[];
  readonly province?: string | readonly string[];
  readonly locality?: string | readonly string[];
  readonly streetAddress?: string | readonly string[];
  readonly postalCode?: string | readonly string[];
  readonly postOfficeBox?: string | readonly string[];
  readonly businessCategory?: string | readonly string[];
  /** Where the organization is registered, in certificates for extended validation. Two capital letters. */
  readonly jurisdictionCountry?: string | readonly string[];
  readonly jurisdictionProvince?: string | readonly string[];
  readonly jurisdictionLocality?: string | readonly string[];
  /** The organization's number in a register (X.520), such as `VATCH-123456789`. */
  readonly organizationIdentifier?: string | readonly string[];
  /** The serial number of the subject itself, not of the certificate. */
  readonly serialNumber?: string | readonly string[];
  readonly commonName?: string | readonly string[];
  readonly title?: string | readonly string[];
  readonly name?: string | readonly string[];
  readonly surname?: string | readonly string[];
  readonly givenName?: string | readonly string[];
  readonly initials?: string | readonly string[];
  /** What tells a person from another of the same name, such as `Jr.` (X.520). */
  readonly generationQualifier?: string | readonly string[];
  readonly pseudonym?: string | readonly string[];
  /** What tells apart two subjects that are the same otherwise (X.520). */
  readonly dnQualifier?: string | readonly string[];
  readonly description?: string | readonly string[];
  readonly telephoneNumber?: string | readonly string[];
  /** RFC 4519, section 2.39. */
  readonly userId?: string | readonly string[];
  /** Readers find an email address among the alternative names (`emailAddresses`). RFC 5280 deprecates it here. */
  readonly emailAddress?: string | readonly string[];
  /** Any other attributes, by object identifier, in this order. */
  readonly attributes?: readonly OtherAttribute[];
}

/** An attribute of a subject by its object identifier. */
export interface OtherAttribute {
  /** Such as `2.5.4.51` (houseIdentifier). */
  readonly oid: string;
  readonly value: string;
  /** The type of the string. Default `utf8String`. */
  readonly type?: StringType;
}

/** The type of a string in a distinguished name. */
export type StringType = "utf8String" | "printableString" | "ia5String";

/** The types of strings, in the order in which a message lists them. */
export const STRING_TYPES: readonly StringType[] = ["utf8String", "printableString", "ia5String"];

/** Whether a text is not empty and can be a PrintableString (X.680). */
export function isPrintableString(text: string): boolean {
  return /^[A-Za-z0-9 '()+,\-./:=?]+$/.test(text);
}

/** How an attribute is written. */
interface AttributeType {
  readonly oid: string;
  /** RFC 5280 prescribes it for some, and UTF8String is right for all others. */
  readonly type: StringType;
  /** The upper bound of RFC 5280, appendix A.1, or X.520, in characters. */
  readonly bound: number;
}

/** The attributes with a name. */
export type AttributeName = Exclude<keyof DistinguishedName, "attributes">;

const text = (oid: string, bound: number, type: StringType = "utf8String"): AttributeType => ({ oid, type, bound });

/** In the order in which they are written, from the most general to the most specific. */
export const ATTRIBUTE_TYPES: Readonly<Record<AttributeName, AttributeType>> = {
  domainComponent: text("0.9.2342.19200300.100.1.25", 63, "ia5String"),
  country: text("2.5.4.6", 2, "printableString"),
  organization: text("2.5.4.10", 64),
  organizationalUnit: text("2.5.4.11", 64),
  province: text("2.5.4.8", 128),
  locality: text("2.5.4.7", 128),
  streetAddress: text("2.5.4.9", 128),
  postalCode: text("2.5.4.17", 40),
  postOfficeBox: text("2.5.4.18", 40),
  businessCategory: text("2.5.4.15", 128),
  jurisdictionCountry: text("1.3.6.1.4.1.311.60.2.1.3", 2, "printableString"),
  jurisdictionProvince: text("1.3.6.1.4.1.311.60.2.1.2", 128),
  jurisdictionLocality: text("1.3.6.1.4.1.311.60.2.1.1", 128),
  organizationIdentifier: text("2.5.4.97", 256),
  serialNumber: text("2.5.4.5", 64, "printableString"),
  commonName: text("2.5.4.3", 64),
  title: text("2.5.4.12", 64),
  name: text("2.5.4.41", 32_768),
  surname: text("2.5.4.4", 32_768),
  givenName: text("2.5.4.42", 32_768),
  initials: text("2.5.4.43", 32_768),
  generationQualifier: text("2.5.4.44", 32_768),
  pseudonym: text("2.5.4.65", 128),
  dnQualifier: text("2.5.4.46", 64, "printableString"),
  description: text("2.5.4.13", 1024),
  telephoneNumber: text("2.5.4.20", 32, "printableString"),
  userId: text("0.9.2342.19200300.100.1.1", 256),
  emailAddress: text("1.2.840.113549.1.9.1", 255, "ia5String"),
};

/** The attributes of a name in the order in which they are written. Each is a relative distinguished name of its own. */
export function attributesOf(name: DistinguishedName): Required<OtherAttribute>[] {
  const named = Object.entries(ATTRIBUTE_TYPES).flatMap(([field, { oid, type }]) =>
    [name[field as AttributeName] ?? []].flat().map((value) => ({ oid, value, type })),
  );
  const others = (name.attributes ?? []).map(({ oid, value, type = "utf8String" }) => ({ oid, value, type }));
  return [...named, ...others];
}
