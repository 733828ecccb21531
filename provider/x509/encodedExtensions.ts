import { AsnConvert } from "@peculiar/asn1-schema";
import type { CertificatePolicy, PolicyConstraints } from "./certificatePolicy";
import { type OtherName, valueOctets } from "./customExtension";
import { childrenOf, derElement, encodeObjectIdentifier } from "./der";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import { rangeOctets, readIpRange } from "./ipRange";
import type { NameConstraints, NameTrees } from "./nameConstraints";

/** The tags of universal types (X.690). */
const [INTEGER, UTF8_STRING, IA5_STRING, SEQUENCE] = [0x02, 0x0c, 0x16, 0x30];
/** The tags of general names (RFC 5280, section 4.2.1.6), and of the value in one of another kind. */
const [OTHER_NAME, EMAIL, DNS, DIRECTORY, URI, IP, VALUE] = [0xa0, 0x81, 0x82, 0xa4, 0x86, 0x87, 0xa0];

/** The value of name constraints. The minimum is 0, which DER leaves out, and there is no maximum (RFC 5280). */
export function encodeNameConstraints({ permitted, excluded }: NameConstraints): Buffer {
  const side = (tag: number, trees: NameTrees | undefined): Buffer[] =>
    trees === undefined ? [] : [derElement(tag, ...generalNames(trees).map((name) => derElement(SEQUENCE, name)))];
  return derElement(SEQUENCE, ...side(0xa0, permitted), ...side(0xa1, excluded));
}

function generalNames(trees: NameTrees): Buffer[] {
  const texts = (tag: number, list: readonly string[] = []): Buffer[] =>
    list.map((text) => derElement(tag, Buffer.from(text, "ascii")));
  return [
    ...texts(DNS, trees.dnsDomains),
    ...texts(EMAIL, trees.emailAddresses),
    ...(trees.ipRanges ?? []).flatMap((text) => {
      const range = readIpRange(text);
      return range === undefined ? [] : [derElement(IP, rangeOctets(range))];
    }),
    ...texts(URI, trees.uriDomains),
    ...(trees.directoryNames ?? []).map((name) =>
      derElement(DIRECTORY, Buffer.from(AsnConvert.serialize(encodeDistinguishedName(name)))),
    ),
  ];
}

/** The value of certificate policies. Notices are UTF8String, as RFC 5280, section 4.2.1.4 demands. */
export function encodePolicies(policies: readonly CertificatePolicy[]): Buffer {
  const list = policies.map(({ id, cps = [], userNotice }) => {
    const qualifiers = [
      ...cps.map((url) => derElement(SEQUENCE, CPS, derElement(IA5_STRING, Buffer.from(url, "ascii")))),
      ...(userNotice === undefined ? [] : [derElement(SEQUENCE, USER_NOTICE, derElement(SEQUENCE, utf8(userNotice)))]),
    ];
    const policy = encodeObjectIdentifier(id);
    return derElement(SEQUENCE, policy, ...(qualifiers.length === 0 ? [] : [derElement(SEQUENCE, ...qualifiers)]));
  });
  return derElement(SEQUENCE, ...list);
}

const [CPS, USER_NOTICE] = ["1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"].map(encodeObjectIdentifier) as [Buffer, Buffer];

/** The value of policy constraints. */
export function encodePolicyConstraints({ requireExplicitPolicy, inhibitPolicyMapping }: PolicyConstraints): Buffer {
  const skip = (tag: number, certificates: number | undefined): Buffer[] =>
    typeof certificates !== "number" ? [] : [derElement(tag, unsigned(certificates))];
  return derElement(SEQUENCE, ...skip(0x80, requireExplicitPolicy), ...skip(0x81, inhibitPolicyMapping));
}

/** The value of inhibitAnyPolicy. */
export function encodeInhibitAnyPolicy(certificates: number): Buffer {
  return derElement(INTEGER, unsigned(certificates));
}

/** The value of the TLS feature extension (RFC 7633). */
export function encodeTlsFeatures(features: readonly number[]): Buffer {
  return derElement(SEQUENCE, ...features.map((feature) => derElement(INTEGER, unsigned(feature))));
}

/** The value of subject alternative names, with those of other kinds at the end. */
export function encodeOtherNames(names: Buffer, others: readonly OtherName[]): Buffer {
  return derElement(SEQUENCE, ...childrenOf(names).map(({ whole }) => whole), ...others.map(encodeOtherName));
}

function encodeOtherName({ oid, utf8String, ...value }: OtherName): Buffer {
  const content = utf8String === undefined ? (valueOctets(value) ?? Buffer.alloc(0)) : utf8(utf8String);
  return derElement(OTHER_NAME, encodeObjectIdentifier(oid), derElement(VALUE, content));
}

function utf8(text: string): Buffer {
  return derElement(UTF8_STRING, Buffer.from(text));
}

/** An integer of 0 or more, in the fewest octets, with the first bit 0. */
function unsigned(value: number): Buffer {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return octets.readUInt8(0) < 0x80 ? octets : Buffer.concat([Buffer.of(0), octets]);
}
