import {
  bits,
  boolean,
  element,
  explicit,
  hex,
  ia5,
  implicit,
  integer,
  nothing,
  objectIdentifier,
  octets,
  printable,
  sequence,
  set,
  time,
  utf8,
} from "./derWriting";
import {
  attribute,
  ECDSA_SHA256,
  extension,
  IDS,
  ISSUER_NAME,
  type MadeCertificate,
  name,
  RSA_SHA256,
  spki,
} from "./madeCertificate";
import { keyPair } from "../keySigner";

/** One way in which a certificate differs from a good one. Most ways are wrong, and some are not. */
export interface Difference {
  readonly what: string;
  readonly change: (made: MadeCertificate) => MadeCertificate;
}

export function differs(what: string, fields: Partial<MadeCertificate>): Difference {
  return { what, change: (made) => ({ ...made, ...fields }) };
}

const bmp = (text: string): Buffer => element(0x1e, Buffer.from(text, "utf16le").swap16());
const teletex = (text: string): Buffer => element(0x14, Buffer.from(text, "latin1"));
const subject = (what: string, ...attributes: readonly Uint8Array[]): Difference =>
  differs(`subject: ${what}`, { subject: name(attribute("O", utf8("Example")), ...attributes) });
const issuer = (what: string, ...attributes: readonly Uint8Array[]): Difference =>
  differs(`issuer: ${what}`, { issuer: name(attribute("O", utf8("Example")), ...attributes) });
const key = (what: string, publicKey: Uint8Array): Difference => differs(`key: ${what}`, { publicKey });

const EC = objectIdentifier("1.2.840.10045.2.1");
const P256 = objectIdentifier("1.2.840.10045.3.1.7");
const point = spki(keyPair("ECDSA_P256", "corpus point")).subarray(-65);
const RSA = sequence(objectIdentifier("1.2.840.113549.1.1.1"), nothing());
const modulus = BigInt(`0x${Buffer.alloc(256, 0xb5).toString("hex")}`);
const rsaKey = (n: bigint, e: bigint): Buffer => sequence(RSA, bits(sequence(integer(n), integer(e))));
const ED25519 = objectIdentifier("1.3.101.112");

/** Differences in the fields of RFC 5280, section 4.1. */
export const FIELD_DIFFERENCES: readonly Difference[] = [
  differs("version 1", { version: Buffer.alloc(0) }),
  differs("version 2", { version: explicit(0, integer(1)) }),
  differs("version 1 written out", { version: explicit(0, integer(0)) }),
  differs("version 4", { version: explicit(0, integer(3)) }),
  differs("version with a long integer", { version: explicit(0, hex("02020002")) }),
  differs("version 1 without extensions", { version: Buffer.alloc(0), extensionList: Buffer.alloc(0) }),
  differs("no extensions", { extensionList: Buffer.alloc(0) }),
  differs("an empty list of extensions", { extensions: [] }),
  differs("serial number 0", { serialNumber: integer(0) }),
  differs("serial number negative", { serialNumber: hex("0201ff") }),
  differs("serial number of 20 octets", { serialNumber: element(0x02, Buffer.alloc(20, 0x7a)) }),
  differs("serial number of 21 octets", { serialNumber: element(0x02, Buffer.alloc(21, 0x7a)) }),
  differs("serial number of 21 octets, the first 0", {
    serialNumber: element(0x02, Buffer.from([0]), Buffer.alloc(20, 0x9a)),
  }),
  differs("serial number with a needless 0", { serialNumber: hex("02020012") }),
  differs("serial number with a long length", { serialNumber: hex("0281015a") }),
  differs("signature algorithm with NULL", { signature: sequence(objectIdentifier("1.2.840.10045.4.3.2"), nothing()) }),
  differs("signature algorithms that differ", { signatureOutside: sequence(objectIdentifier("1.2.840.10045.4.3.3")) }),
  differs("signature algorithm of RSA without NULL", {
    signature: sequence(objectIdentifier("1.2.840.113549.1.1.11")),
  }),
  differs("signature algorithm of RSA inside alone", { signature: RSA_SHA256, signatureOutside: ECDSA_SHA256 }),
  differs("signature algorithm SHA-1", { signature: sequence(objectIdentifier("1.2.840.10045.4.1")) }),
  differs("signature algorithm MD5", { signature: sequence(objectIdentifier("1.2.840.113549.1.1.4"), nothing()) }),
  differs("signature algorithm PSS without parameters", {
    signature: sequence(objectIdentifier("1.2.840.113549.1.1.10")),
  }),
  differs("issuer empty", { issuer: name() }),
  differs("subject empty", { subject: name() }),
  differs("subject and alternative names absent", { subject: name(), extensions: [] }),
  differs("subject as the issuer", { subject: ISSUER_NAME }),
  differs("issuer unique id", { uniqueIds: [implicit(1, hex("005a"))] }),
  differs("subject unique id", { uniqueIds: [implicit(2, hex("005a"))] }),
  differs("both unique ids", { uniqueIds: [implicit(1, hex("005a")), implicit(2, hex("005a"))] }),
  differs("validity from 1949, in two digits", { notBefore: time("491231235959Z"), notAfter: time("270101000000Z") }),
  differs("validity without seconds", { notAfter: time("2701010000Z") }),
  differs("validity with an offset", { notAfter: time("270101000000+0100") }),
  differs("validity without Z", { notAfter: time("270101000000") }),
  differs("validity in generalized time before 2050", { notAfter: time("20270101000000Z") }),
  differs("validity in generalized time after 2050", { notAfter: time("20520101000000Z") }),
  differs("validity for ever", { notAfter: time("99991231235959Z") }),
  differs("validity in generalized time with a fraction", { notAfter: time("20520101000000.5Z") }),
  differs("validity in generalized time without seconds", { notAfter: element(0x18, Buffer.from("205201010000Z")) }),
  differs("validity in generalized time with an offset", { notAfter: time("20520101000000+0000") }),
  differs("validity in month 13", { notAfter: time("271301000000Z") }),
  differs("validity on 30 February", { notAfter: time("270230000000Z") }),
  differs("validity at second 61", { notAfter: time("270101000061Z") }),
  differs("validity that ends before it begins", { notBefore: time("280101000000Z") }),
  differs("validity with letters", { notAfter: time("27010100000xZ") }),
];

/** Differences in the issuer and the subject (RFC 5280, sections 4.1.2.4 and 4.1.2.6; X.520). */
export const NAME_DIFFERENCES: readonly Difference[] = [
  subject("country in UTF-8", attribute("C", utf8("CH"))),
  subject("country of three letters", attribute("C", printable("CHE"))),
  subject("country of one letter", attribute("C", printable("C"))),
  subject("country empty", attribute("C", printable(""))),
  subject("country in digits", attribute("C", printable("42"))),
  subject("common name of 64 characters", attribute("CN", utf8("x".repeat(64)))),
  subject("common name of 65 characters", attribute("CN", utf8("x".repeat(65)))),
  subject("common name empty", attribute("CN", utf8(""))),
  subject("common name with a control character", attribute("CN", utf8("a\u0007b"))),
  subject("common name with DEL", attribute("CN", utf8("a\u007fb"))),
  subject("common name with leading space", attribute("CN", utf8(" a"))),
  subject("common name with trailing space", attribute("CN", utf8("a "))),
  subject("common name in PrintableString with @", attribute("CN", printable("a@b"))),
  subject("common name in PrintableString with an asterisk", attribute("CN", printable("*.example.com"))),
  subject("common name in PrintableString with an underscore", attribute("CN", printable("a_b"))),
  subject("common name in BMPString", attribute("CN", bmp("Example"))),
  subject("common name in TeletexString", attribute("CN", teletex("Example"))),
  subject("common name in IA5String", attribute("CN", ia5("Example"))),
  subject("common name that is not UTF-8", attribute("CN", element(0x0c, hex("c328")))),
  subject("common name that is an integer", attribute("CN", integer(5))),
  subject("organization of 65 characters", attribute("OU", utf8("x")), attribute("O", utf8("x".repeat(65)))),
  subject("organizational unit of 65 characters", attribute("OU", utf8("x".repeat(65)))),
  subject("locality of 128 characters", attribute("L", utf8("x".repeat(128)))),
  subject("locality of 129 characters", attribute("L", utf8("x".repeat(129)))),
  subject("province of 129 characters", attribute("ST", utf8("x".repeat(129)))),
  subject("street of 129 characters", attribute("street", utf8("x".repeat(129)))),
  subject("postal code of 41 characters", attribute("postalCode", utf8("1".repeat(41)))),
  subject("postal code of 20 characters", attribute("postalCode", utf8("1".repeat(20)))),
  subject("serial number of 65 characters", attribute("serialNumber", printable("1".repeat(65)))),
  subject("serial number in UTF-8", attribute("serialNumber", utf8("12"))),
  subject("title of 65 characters", attribute("title", utf8("x".repeat(65)))),
  subject("pseudonym of 129 characters", attribute("pseudonym", utf8("x".repeat(129)))),
  subject("surname of 32,769 characters", attribute("surname", utf8("x".repeat(32_769)))),
  subject("given name of 32,769 characters", attribute("givenName", utf8("x".repeat(32_769)))),
  subject("e-mail address in UTF-8", attribute("emailAddress", utf8("a@example.com"))),
  subject("e-mail address not among the alternative names", attribute("emailAddress", ia5("a@example.com"))),
  subject("e-mail address without @", attribute("emailAddress", ia5("example.com"))),
  subject("e-mail address of 256 characters", attribute("emailAddress", ia5(`${"a".repeat(244)}@example.com`))),
  subject("domain components", attribute("DC", ia5("com")), attribute("DC", ia5("example"))),
  subject("domain components with a space", attribute("DC", ia5("com")), attribute("DC", ia5("exa mple"))),
  subject("domain components in UTF-8", attribute("DC", utf8("com")), attribute("DC", utf8("example"))),
  subject("domain component of 64 characters", attribute("DC", ia5("com")), attribute("DC", ia5("x".repeat(64)))),
  subject("attribute that nobody knows", sequence(objectIdentifier("1.3.6.1.4.1.99999.1"), utf8("x"))),
  differs("subject: two attributes of one type in a set", {
    subject: sequence(set(attribute("CN", utf8("a")), attribute("CN", utf8("b")))),
  }),
  differs("subject: two attributes in a set", {
    subject: sequence(set(attribute("CN", utf8("a")), attribute("O", utf8("b")))),
  }),
  differs("subject: two attributes in a set, in the wrong order", {
    subject: sequence(set(attribute("O", utf8("b")), attribute("CN", utf8("a")))),
  }),
  differs("subject: an empty set", { subject: sequence(set(), set(attribute("CN", utf8("a")))) }),
  differs("subject: an attribute with two values", {
    subject: sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8("a"), utf8("b")))),
  }),
  issuer("country in UTF-8", attribute("C", utf8("CH"))),
  issuer("common name of 65 characters", attribute("CN", utf8("x".repeat(65)))),
  issuer("common name empty", attribute("CN", utf8(""))),
  issuer("common name with trailing space", attribute("CN", utf8("a "))),
  issuer("common name in PrintableString with @", attribute("CN", printable("a@b"))),
  issuer("e-mail address without @", attribute("emailAddress", ia5("example.com"))),
  differs("issuer: two attributes of one type in a set", {
    issuer: sequence(set(attribute("CN", utf8("a")), attribute("CN", utf8("b")))),
  }),
];

/** Differences in the subject's public key. */
export const KEY_DIFFERENCES: readonly Difference[] = [
  key("P-256", sequence(sequence(EC, P256), bits(point))),
  key("P-384", spki(keyPair("ECDSA_P384", "corpus"))),
  key("P-521", spki(keyPair("ECDSA_P521", "corpus"))),
  key("RSA of 2,048 bits", spki(keyPair("RSA_2048_PKCS1", "corpus"))),
  key("Ed25519", spki(keyPair("ED25519", "corpus"))),
  key("EC without a curve", sequence(sequence(EC), bits(point))),
  key("EC with NULL", sequence(sequence(EC, nothing()), bits(point))),
  key("EC with a curve written out", sequence(sequence(EC, sequence(integer(1), octets(hex("00")))), bits(point))),
  key("EC point in hybrid form", sequence(sequence(EC, P256), bits(Buffer.concat([hex("06"), point.subarray(1)])))),
  key("EC point cut off", sequence(sequence(EC, P256), bits(point.subarray(0, 60)))),
  key("EC point not on the curve", sequence(sequence(EC, P256), bits(Buffer.concat([hex("04"), Buffer.alloc(64, 1)])))),
  key("EC key with unused bits", sequence(sequence(EC, P256), bits(point, 1))),
  key("P-192", sequence(sequence(EC, objectIdentifier("1.2.840.10045.3.1.1")), bits(Buffer.alloc(49, 4)))),
  key(
    "RSA without parameters",
    sequence(sequence(objectIdentifier("1.2.840.113549.1.1.1")), bits(sequence(integer(modulus), integer(65_537)))),
  ),
  key("RSA of 1,024 bits", rsaKey(BigInt(`0x${Buffer.alloc(128, 0xb5).toString("hex")}`), 65_537n)),
  key("RSA with an even modulus", rsaKey(modulus - 1n, 65_537n)),
  key("RSA with exponent 1", rsaKey(modulus, 1n)),
  key("RSA with exponent 2", rsaKey(modulus, 2n)),
  key("RSA with exponent 0", rsaKey(modulus, 0n)),
  key(
    "RSA with a negative modulus",
    sequence(RSA, bits(sequence(element(0x02, Buffer.alloc(256, 0xb5)), integer(65_537)))),
  ),
  key("RSA with a number missing", sequence(RSA, bits(sequence(integer(modulus))))),
  key("RSA with a number too many", sequence(RSA, bits(sequence(integer(modulus), integer(3), integer(5))))),
  key("RSA with close factors", rsaKey(closeFactors(), 65_537n)),
  key("Ed25519 with NULL", sequence(sequence(ED25519, nothing()), bits(Buffer.alloc(32, 7)))),
  key("Ed25519 of 31 octets", sequence(sequence(ED25519), bits(Buffer.alloc(31, 7)))),
  key("DSA without parameters", sequence(sequence(objectIdentifier("1.2.840.10040.4.1")), bits(integer(5)))),
];

/** A product of two numbers next to each other, as long as a key's modulus. */
function closeFactors(): bigint {
  const factor = (1n << 1023n) + (1n << 1022n) + 0x1234567n;
  return factor * (factor + 4n);
}

/** Differences that only the encoding has. */
export const ENCODING_DIFFERENCES: readonly Difference[] = [
  withFirstExtension("critical TRUE as 01", (id, value) => sequence(id, element(0x01, hex("01")), value)),
  withFirstExtension("critical FALSE written out", (id, value) => sequence(id, boolean(false), value)),
  withFirstExtension("critical of two octets", (id, value) => sequence(id, element(0x01, hex("ffff")), value)),
  withFirstExtension("an element too many in an extension", (id, value) =>
    sequence(id, boolean(true), value, nothing()),
  ),
  withFirstExtension("an extension without value", (id) => sequence(id, boolean(true))),
  withFirstExtension("an extension whose value is no octet string", (id) => sequence(id, boolean(true), utf8("x"))),
  withFirstExtension("an extension whose value is empty", (id) => sequence(id, boolean(true), octets())),
  withFirstExtension("an object identifier with a needless octet", (_, value) =>
    sequence(hex("06048055 1d0f"), boolean(true), value),
  ),
  { what: "a tag of the certificate too many", change: (made) => ({ ...made, uniqueIds: [explicit(4, nothing())] }) },
];

function withFirstExtension(what: string, rewrite: (id: Buffer, value: Buffer) => Uint8Array): Difference {
  return {
    what,
    change: (made) => ({
      ...made,
      extensions: [rewrite(objectIdentifier(IDS.keyUsage), octets(hex("03020186"))), ...made.extensions.slice(1)],
    }),
  };
}

/** An extension in place of the one with the same id, or behind the others. */
export function withExtension(made: MadeCertificate, id: string, value: Uint8Array, critical = false): MadeCertificate {
  return { ...without(made, id), extensions: [...without(made, id).extensions, extension(id, value, critical)] };
}

/** The certificate without an extension. */
export function without(made: MadeCertificate, id: string): MadeCertificate {
  const start = objectIdentifier(id);
  return { ...made, extensions: made.extensions.filter((each) => !Buffer.from(each).includes(start)) };
}
