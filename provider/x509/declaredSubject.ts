import { AsnConvert } from "@peculiar/asn1-schema";
import { Name } from "@peculiar/asn1-x509";
import { ATTRIBUTE_TYPES, type DistinguishedName } from "./distinguishedName";
import { readIssuer } from "./issuer";
import { isSameName } from "./succession";

/**
 * The subject of a certificate, as a program declares it. Undefined for a name that it cannot declare by named attributes: with an
 * attribute that has no name here, with several attributes in one part, or in another order.
 */
export function declaredSubject(certificatePem: string): DistinguishedName | undefined {
  return declaredName(readIssuer(certificatePem).subjectDer);
}

/** The same for the subject of a certificate request, from its DER. */
export function declaredName(subjectDer: ArrayBuffer): DistinguishedName | undefined {
  const found: Record<string, string | string[]> = {};
  for (const [attribute, ...others] of AsnConvert.parse(subjectDer, Name)) {
    const [field] = Object.entries(ATTRIBUTE_TYPES).find(([, { oid }]) => oid === attribute?.type) ?? [];
    if (field === undefined || attribute === undefined || others.length > 0) {
      return undefined;
    }
    const value = attribute.value.toString();
    found[field] = found[field] === undefined ? value : [found[field], value].flat();
  }
  return isSameName(subjectDer, found) ? found : undefined;
}
