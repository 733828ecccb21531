import {
  anyStringType,
  anyType,
  bitStringType,
  booleanType,
  integerType,
  objectIdentifierType,
  octetStringType,
  stringType,
  timeType,
} from "./asn1Primitive";
import {
  anySequenceOf,
  type Asn1Type,
  choice,
  defaulted,
  encoded,
  explicit,
  implicit,
  optional,
  sequence,
  sequenceOf,
  setOf,
  type ValueOf,
} from "./asn1Type";

/** AlgorithmIdentifier (RFC 5280, section 4.1.1.2). */
export const algorithmType = encoded(sequence({ algorithm: objectIdentifierType, parameters: optional(anyType) }));

export type AlgorithmIdentifier = ValueOf<typeof algorithmType>;

const attributeType = sequence({
  type: objectIdentifierType,
  value: anyType,
});

/** Name (RFC 5280, section 4.1.2.4). */
const nameType = encoded(anySequenceOf(setOf(attributeType)));

export type LintedName = ValueOf<typeof nameType>;

export type Attribute = ValueOf<typeof attributeType>;

/** RelativeDistinguishedName under an implicit tag. */
export const relativeNameType = setOf(attributeType);

const ia5String = stringType("IA5String");

/** GeneralName (RFC 5280, section 4.2.1.6). A directoryName is a choice, so its tag is explicit. */
export const generalNameType = choice({
  otherName: implicit(0, sequence({ type: objectIdentifierType, value: explicit(0, anyType) })),
  rfc822Name: implicit(1, ia5String),
  dNSName: implicit(2, ia5String),
  x400Address: implicit(3, sequenceOf(anyType)),
  directoryName: explicit(4, nameType),
  ediPartyName: implicit(
    5,
    sequence({ nameAssigner: optional(explicit(0, anyStringType())), partyName: explicit(1, anyStringType()) }),
  ),
  uniformResourceIdentifier: implicit(6, ia5String),
  iPAddress: implicit(7, octetStringType),
  registeredID: implicit(8, objectIdentifierType),
});

export type LintedGeneralName = ValueOf<typeof generalNameType>;

export const generalNamesType = sequenceOf(generalNameType);

const extensionType = sequence({
  id: objectIdentifierType,
  critical: defaulted(booleanType, false),
  value: octetStringType,
});

const toBeSignedType = sequence({
  version: defaulted(explicit(0, integerType), 0n),
  serialNumber: encoded(integerType),
  signature: algorithmType,
  issuer: nameType,
  validity: sequence({ notBefore: timeType, notAfter: timeType }),
  subject: nameType,
  subjectPublicKeyInfo: encoded(sequence({ algorithm: algorithmType, subjectPublicKey: bitStringType })),
  issuerUniqueId: optional(implicit(1, bitStringType)),
  subjectUniqueId: optional(implicit(2, bitStringType)),
  extensions: optional(explicit(3, sequenceOf(extensionType))),
});

/** Certificate (RFC 5280, section 4.1). */
export const certificateType = sequence({
  tbsCertificate: encoded(toBeSignedType),
  signatureAlgorithm: algorithmType,
  signatureValue: bitStringType,
}) satisfies Asn1Type<unknown>;

export type CertificateSyntax = ValueOf<typeof certificateType>;
