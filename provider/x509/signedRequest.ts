import type { KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import type { Signer } from "../kms/keyManager";
import { requestedExtensions } from "./certificateExtensions";
import { derElement, encodeObjectIdentifier } from "./der";
import { isPrintableString } from "./distinguishedName";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import { signedDer } from "./signedDer";
import type { CertificateTemplate } from "./template";

/** The tags of universal types (X.690), and of the attributes in a request. */
const [INTEGER, UTF8_STRING, PRINTABLE_STRING, SEQUENCE, SET, ATTRIBUTES] = [0x02, 0x0c, 0x13, 0x30, 0x31, 0xa0];
/** RFC 2985, sections 5.4.1 and 5.4.2. */
const [CHALLENGE_PASSWORD, EXTENSION_REQUEST] = ["1.2.840.113549.1.9.7", "1.2.840.113549.1.9.14"];

/** A certificate request to sign. */
export interface RequestOrder {
  /** Its dates do not count: the issuer chooses them. */
  readonly template: CertificateTemplate;
  readonly publicKey: KeyObject;
  readonly challengePassword?: string | undefined;
}

/**
 * Signs a certificate request (PKCS#10, RFC 2986) once with the key that it is for, and verifies the signature.
 *
 * @returns DER
 * @throws PkiError `SIGNATURE_INVALID` and the errors of the signer
 */
export async function signedRequest(order: RequestOrder, signer: () => Promise<Signer>): Promise<Buffer> {
  const content = requestInfo(order);
  return signedDer(content, await signer());
}

/** CertificationRequestInfo ::= SEQUENCE { version 0, subject, subjectPKInfo, attributes [0] SET OF Attribute }. */
function requestInfo({ template, publicKey, challengePassword }: RequestOrder): Buffer {
  const subject = AsnConvert.serialize(encodeDistinguishedName(template.subject ?? {}));
  const extensions = requestedExtensions(template, publicKey).map(({ rawData }) => new Uint8Array(rawData));
  const attributes = [
    ...(challengePassword === undefined ? [] : [attribute(CHALLENGE_PASSWORD, directoryString(challengePassword))]),
    attribute(EXTENSION_REQUEST, derElement(SEQUENCE, ...extensions)),
  ];
  return derElement(
    SEQUENCE,
    derElement(INTEGER, Buffer.of(0)),
    new Uint8Array(subject),
    publicKey.export({ type: "spki", format: "der" }),
    // DER sorts a set.
    derElement(ATTRIBUTES, ...attributes.sort((one, other) => Buffer.compare(one, other))),
  );
}

function attribute(type: string, value: Buffer): Buffer {
  return derElement(SEQUENCE, encodeObjectIdentifier(type), derElement(SET, value));
}

/** A PrintableString if possible, as RFC 2985, section 5.4.1 wants it. */
function directoryString(text: string): Buffer {
  return derElement(isPrintableString(text) ? PRINTABLE_STRING : UTF8_STRING, Buffer.from(text));
}
