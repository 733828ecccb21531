import { isDeepStrictEqual } from "node:util";
import { Name, type Extension, X509Certificate } from "./peculiarX509";
import {
  type CertificateSubject,
  certificateExtensions,
  KEY_IDENTIFIERS,
  type Predecessor,
} from "./certificateExtensions";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import type { DistinguishedName } from "./distinguishedName";
import { readIssuer } from "./issuer";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";

/** What a certificate says of its subject. */
export interface SubjectFields {
  readonly subject: Name;
  readonly extensions: Extension[];
}

/**
 * The subject and the extensions of a certificate. The key identifier of a predecessor stays, because the certificates below name
 * it, and so do the octets of a name that says the same in strings of other types.
 */
export function subjectFields(order: CertificateSubject): SubjectFields {
  const { predecessor, crossOf } = order;
  const extensions = certificateExtensions(order);
  if (predecessor === undefined || crossOf !== undefined) {
    return {
      subject: new Name(crossOf?.subjectDer ?? encodeDistinguishedName(order.template.subject ?? {})),
      extensions,
    };
  }
  return {
    subject: succeedingSubject(predecessor, order),
    extensions: succeedingExtensions(predecessor, order, extensions),
  };
}

/** Whether a name says the same as a subject of the program, in strings of whatever types. */
export function isSameName(subjectDer: ArrayBuffer, subject: DistinguishedName | undefined): boolean {
  return isDeepStrictEqual(new Name(subjectDer).toJSON(), new Name(encodeDistinguishedName(subject ?? {})).toJSON());
}

/** Whether a certificate has the name and the key identifier that one of its key would have if it were issued here first. */
export function hasOwnSubject(certificatePem: string, subject: DistinguishedName | undefined): boolean {
  const { subjectDer, subjectKeyIdentifier: identifier, publicKey } = readIssuer(certificatePem);
  const own = new Name(encodeDistinguishedName(subject ?? {})).toArrayBuffer();
  return identifier === subjectKeyIdentifier(publicKey) && Buffer.from(subjectDer).equals(Buffer.from(own));
}

function succeedingSubject({ subjectDer, declared }: Predecessor, { template }: CertificateSubject): Name {
  const stays =
    declared === undefined
      ? isSameName(subjectDer, template.subject)
      : isDeepStrictEqual(plain(declared.subject), plain(template.subject));
  return new Name(stays ? subjectDer : encodeDistinguishedName(template.subject ?? {}));
}

/** The predecessor's extensions, and in their places those of which the program says something else than before. */
function succeedingExtensions(
  { certificateDer, declared }: Predecessor,
  order: CertificateSubject,
  wanted: readonly Extension[],
): Extension[] {
  const own = new X509Certificate(certificateDer).extensions;
  const said = declared === undefined ? undefined : certificateExtensions({ ...order, template: declared });
  const isChanged = (type: string): boolean =>
    said === undefined || KEY_IDENTIFIERS.includes(type) || !isSame(find(said, type), find(wanted, type));
  const types = [...new Set([...own, ...wanted].map(({ type }) => type))];
  return types.flatMap((type) => find(isChanged(type) ? wanted : own, type) ?? []);
}

function find(extensions: readonly Extension[], type: string): Extension | undefined {
  return extensions.find((each) => each.type === type);
}

function isSame(one: Extension | undefined, other: Extension | undefined): boolean {
  return one === undefined || other === undefined
    ? one === other
    : Buffer.from(one.rawData).equals(Buffer.from(other.rawData));
}

/** A subject without the fields that are undefined. */
function plain(subject: DistinguishedName | undefined): unknown {
  return JSON.parse(JSON.stringify(subject ?? {}));
}
