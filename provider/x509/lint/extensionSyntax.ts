import {
  anyStringType,
  anyType,
  booleanType,
  integerType,
  namedBitsType,
  nullType,
  objectIdentifierType,
  octetStringType,
  stringType,
} from "./asn1Primitive";
import {
  anySequenceOf,
  type Asn1Type,
  choice,
  defaulted,
  explicit,
  implicit,
  optional,
  sequence,
  sequenceOf,
  setOf,
  type ValueOf,
} from "./asn1Type";
import { generalNamesType, generalNameType, relativeNameType } from "./certificateSyntax";

/**
 * The bits of the keyUsage extension (RFC 5280, section 4.2.1.3). Like the attributes of names, they are written down here
 * again: the lint shares no table with the code that it judges, so that an error in one of them is found.
 */
const KEY_USAGE_BITS = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsageBit = (typeof KEY_USAGE_BITS)[number];

const REASON_BITS = [
  "unused",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "privilegeWithdrawn",
  "aACompromise",
] as const;

const subtreeType = sequence({
  base: generalNameType,
  minimum: defaulted(implicit(0, integerType), 0n),
  maximum: optional(implicit(1, integerType)),
});

const userNoticeType = sequence({
  noticeRef: optional(sequence({ organization: anyStringType(), noticeNumbers: anySequenceOf(integerType) })),
  explicitText: optional(anyStringType(["IA5String", "VisibleString", "BMPString", "UTF8String"])),
});

const policyType = sequence({
  policyIdentifier: objectIdentifierType,
  policyQualifiers: optional(
    sequenceOf(
      sequence({
        policyQualifierId: objectIdentifierType,
        qualifier: choice({
          cps: stringType("IA5String"),
          userNotice: userNoticeType,
          other: anyType,
        }),
      }),
    ),
  ),
});

const distributionPointType = sequence({
  distributionPoint: optional(
    explicit(
      0,
      choice({ fullName: implicit(0, generalNamesType), nameRelativeToCRLIssuer: implicit(1, relativeNameType) }),
    ),
  ),
  reasons: optional(implicit(1, namedBitsType(REASON_BITS))),
  cRLIssuer: optional(implicit(2, generalNamesType)),
});

const accessType = sequenceOf(sequence({ accessMethod: objectIdentifierType, accessLocation: generalNameType }));

/** A type of extension. */
interface ExtensionSyntax<T> {
  readonly id: string;
  readonly type: Asn1Type<T>;
}

function syntax<T>(id: string, type: Asn1Type<T>): ExtensionSyntax<T> {
  return { id, type };
}

/** The extensions whose values are read. */
export const EXTENSIONS = {
  authorityKeyIdentifier: syntax(
    "2.5.29.35",
    sequence({
      keyIdentifier: optional(implicit(0, octetStringType)),
      authorityCertIssuer: optional(implicit(1, generalNamesType)),
      authorityCertSerialNumber: optional(implicit(2, integerType)),
    }),
  ),
  subjectKeyIdentifier: syntax("2.5.29.14", octetStringType),
  keyUsage: syntax("2.5.29.15", namedBitsType(KEY_USAGE_BITS)),
  certificatePolicies: syntax("2.5.29.32", sequenceOf(policyType)),
  policyMappings: syntax(
    "2.5.29.33",
    sequenceOf(sequence({ issuerDomainPolicy: objectIdentifierType, subjectDomainPolicy: objectIdentifierType })),
  ),
  subjectAltName: syntax("2.5.29.17", generalNamesType),
  issuerAltName: syntax("2.5.29.18", generalNamesType),
  subjectDirectoryAttributes: syntax(
    "2.5.29.9",
    sequenceOf(sequence({ type: objectIdentifierType, values: setOf(anyType) })),
  ),
  basicConstraints: syntax(
    "2.5.29.19",
    sequence({ cA: defaulted(booleanType, false), pathLenConstraint: optional(integerType) }),
  ),
  nameConstraints: syntax(
    "2.5.29.30",
    sequence({
      permittedSubtrees: optional(implicit(0, sequenceOf(subtreeType))),
      excludedSubtrees: optional(implicit(1, sequenceOf(subtreeType))),
    }),
  ),
  policyConstraints: syntax(
    "2.5.29.36",
    sequence({
      requireExplicitPolicy: optional(implicit(0, integerType)),
      inhibitPolicyMapping: optional(implicit(1, integerType)),
    }),
  ),
  extKeyUsage: syntax("2.5.29.37", sequenceOf(objectIdentifierType)),
  cRLDistributionPoints: syntax("2.5.29.31", sequenceOf(distributionPointType)),
  inhibitAnyPolicy: syntax("2.5.29.54", integerType),
  freshestCRL: syntax("2.5.29.46", sequenceOf(distributionPointType)),
  authorityInfoAccess: syntax("1.3.6.1.5.5.7.1.1", accessType),
  subjectInfoAccess: syntax("1.3.6.1.5.5.7.1.11", accessType),
  tlsFeature: syntax("1.3.6.1.5.5.7.1.24", sequenceOf(integerType)),
  ocspNoCheck: syntax("1.3.6.1.5.5.7.48.1.5", nullType),
  signedCertificateTimestamps: syntax("1.3.6.1.4.1.11129.2.4.2", octetStringType),
  precertificatePoison: syntax("1.3.6.1.4.1.11129.2.4.3", nullType),
  smimeCapabilities: syntax(
    "1.2.840.113549.1.9.15",
    anySequenceOf(sequence({ capability: objectIdentifierType, parameters: optional(anyType) })),
  ),
} as const;

/** The name of a known extension, as in RFC 5280. */
export type ExtensionName = keyof typeof EXTENSIONS;

/** The value of an extension. */
export type ExtensionValue<Name extends ExtensionName> = ValueOf<(typeof EXTENSIONS)[Name]["type"]>;
