import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";

/**
 * The distinguished name of a subject (RFC 5280, section 4.1.2.4). Attributes that may occur more than once take a list.
 */
export interface DistinguishedName {
  /** Two capital letters of ISO 3166, such as `CH`. */
  readonly country?: string | readonly string[];
  readonly organization?: string | readonly string[];
  readonly organizationalUnit?: string | readonly string[];
  readonly province?: string | readonly string[];
  readonly locality?: string | readonly string[];
  readonly streetAddress?: string | readonly string[];
  readonly postalCode?: string | readonly string[];
  /** The serial number of the subject itself, not of the certificate. */
  readonly serialNumber?: string;
  readonly commonName?: string;
}

/** In the order in which the attributes are written, from the most general to the most specific. */
const ATTRIBUTE_TYPES: Record<keyof DistinguishedName, string> = {
  country: "2.5.4.6",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  province: "2.5.4.8",
  locality: "2.5.4.7",
  streetAddress: "2.5.4.9",
  postalCode: "2.5.4.17",
  serialNumber: "2.5.4.5",
  commonName: "2.5.4.3",
};

/** RFC 5280 prescribes PrintableString for these two; all others are UTF8String. */
const PRINTABLE: ReadonlySet<string> = new Set(["country", "serialNumber"]);

/** A distinguished name as ASN.1, with one attribute in each relative distinguished name. */
export function encodeDistinguishedName(name: DistinguishedName): Name {
  const attributes = Object.entries(ATTRIBUTE_TYPES).flatMap(([field, type]) =>
    [name[field as keyof DistinguishedName] ?? []].flat().map(
      (text) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({
            type,
            value: new AttributeValue(PRINTABLE.has(field) ? { printableString: text } : { utf8String: text }),
          }),
        ]),
    ),
  );
  return new Name(attributes);
}
