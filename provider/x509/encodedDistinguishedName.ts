import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { attributesOf, type DistinguishedName } from "./distinguishedName";

/** A distinguished name as ASN.1, with one attribute in each relative distinguished name. */
export function encodeDistinguishedName(name: DistinguishedName): Name {
  const attributes = attributesOf(name).map(
    ({ oid, value, type }) =>
      new RelativeDistinguishedName([
        new AttributeTypeAndValue({ type: oid, value: new AttributeValue({ [type]: value }) }),
      ]),
  );
  return new Name(attributes);
}
