import type { Difference } from "./corpusFields";
import { without, withExtension } from "./corpusFields";
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
  sequence,
  set,
  utf8,
} from "./derWriting";
import {
  attribute,
  extension,
  identifierOf,
  IDS,
  ISSUER_KEYS,
  ISSUER_NAME,
  keyUsage,
  name,
  spki,
} from "./madeCertificate";

const text = (value: string): Buffer => Buffer.from(value, "latin1");
const dns = (value: string): Buffer => implicit(2, text(value));
const mail = (value: string): Buffer => implicit(1, text(value));
const uri = (value: string): Buffer => implicit(6, text(value));
const ip = (value: string): Buffer => implicit(7, hex(value));
const directory = (value: Uint8Array): Buffer => explicit(4, value);

/** A difference in one extension. */
function has(id: keyof typeof IDS, what: string, value: Uint8Array, critical = false): Difference {
  return { what: `${id}: ${what}`, change: (made) => withExtension(made, IDS[id], value, critical) };
}

function lacks(id: keyof typeof IDS): Difference {
  return { what: `${id}: absent`, change: (made) => without(made, IDS[id]) };
}

function names(what: string, ...values: readonly Uint8Array[]): readonly Difference[] {
  return [has("subjectAltName", what, sequence(...values)), has("issuerAltName", what, sequence(...values))];
}

const key = identifierOf(spki(ISSUER_KEYS));

const KEY_DIFFERENCES: readonly Difference[] = [
  lacks("authorityKeyIdentifier"),
  has("authorityKeyIdentifier", "critical", sequence(implicit(0, key)), true),
  has("authorityKeyIdentifier", "empty", sequence()),
  has("authorityKeyIdentifier", "with issuer alone", sequence(implicit(0, key), explicit(1, directory(ISSUER_NAME)))),
  has("authorityKeyIdentifier", "with serial number alone", sequence(implicit(0, key), implicit(2, hex("05")))),
  has(
    "authorityKeyIdentifier",
    "with issuer and serial number",
    sequence(implicit(0, key), explicit(1, directory(ISSUER_NAME)), implicit(2, hex("05"))),
  ),
  has(
    "authorityKeyIdentifier",
    "with issuer and serial number, and no key",
    sequence(explicit(1, directory(ISSUER_NAME)), implicit(2, hex("05"))),
  ),
  has("authorityKeyIdentifier", "as an octet string", octets(key)),
  has("authorityKeyIdentifier", "of another key", sequence(implicit(0, Buffer.alloc(20, 1)))),
  lacks("subjectKeyIdentifier"),
  has("subjectKeyIdentifier", "critical", octets(key), true),
  has("subjectKeyIdentifier", "as a sequence", sequence(octets(key))),
  has("subjectKeyIdentifier", "followed by something", Buffer.concat([octets(key), nothing()])),
];

const USAGE_DIFFERENCES: readonly Difference[] = [
  lacks("keyUsage"),
  has("keyUsage", "not critical", keyUsage(0)),
  has("keyUsage", "empty", bits(Buffer.alloc(0)), true),
  has("keyUsage", "bits that are all 0", bits(hex("00")), true),
  has("keyUsage", "trailing bits that are 0", bits(hex("80")), true),
  has("keyUsage", "a trailing octet that is 0", bits(hex("0600")), true),
  has("keyUsage", "unused bits that are 1", bits(hex("87"), 1), true),
  has("keyUsage", "a tenth bit", bits(hex("8040"), 6), true),
  has("keyUsage", "three octets", bits(hex("808080"), 7), true),
  has("keyUsage", "as an integer", integer(5), true),
  ...[
    [0],
    [1],
    [2],
    [3],
    [4],
    [5],
    [6],
    [0, 2],
    [0, 3],
    [0, 4],
    [0, 4, 7],
    [0, 4, 8],
    [0, 4, 7, 8],
    [7],
    [0, 5],
    [0, 6],
  ].map((usages) => has("keyUsage", `bits ${usages.join()}`, keyUsage(...usages), true)),
  ...[
    [5, 6, 0],
    [5, 6, 2],
    [5, 6, 3],
    [5, 6, 4],
    [5, 6, 1],
    [5, 6, 7],
    [0, 1, 2, 3, 4, 5, 6],
  ].map((usages) => has("keyUsage", `bits ${usages.join()}`, keyUsage(...usages), true)),
  lacks("extKeyUsage"),
  has("extKeyUsage", "empty", sequence()),
  ...["1", "2", "3", "4", "8", "9"].map((arc) =>
    has("extKeyUsage", `purpose ${arc}`, sequence(objectIdentifier(`1.3.6.1.5.5.7.3.${arc}`))),
  ),
  has("extKeyUsage", "time stamping, critical", sequence(objectIdentifier("1.3.6.1.5.5.7.3.8")), true),
  has("extKeyUsage", "any", sequence(objectIdentifier("2.5.29.37.0"))),
  has("extKeyUsage", "any, critical", sequence(objectIdentifier("2.5.29.37.0")), true),
  has("extKeyUsage", "unknown", sequence(objectIdentifier("1.3.6.1.4.1.99999.3"))),
  has(
    "extKeyUsage",
    "the same twice",
    sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"), objectIdentifier("1.3.6.1.5.5.7.3.1")),
  ),
  has(
    "extKeyUsage",
    "server and client",
    sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"), objectIdentifier("1.3.6.1.5.5.7.3.2")),
  ),
  has("extKeyUsage", "as an object identifier", objectIdentifier("1.3.6.1.5.5.7.3.1")),
];

const CONSTRAINT_DIFFERENCES: readonly Difference[] = [
  lacks("basicConstraints"),
  has("basicConstraints", "of a CA, not critical", sequence(boolean(true))),
  has("basicConstraints", "of a CA", sequence(boolean(true)), true),
  has("basicConstraints", "empty", sequence(), true),
  has("basicConstraints", "empty, not critical", sequence()),
  has("basicConstraints", "cA FALSE written out", sequence(boolean(false)), true),
  has("basicConstraints", "cA TRUE as 01", sequence(element(0x01, hex("01"))), true),
  has("basicConstraints", "path length without cA", sequence(integer(0)), true),
  has("basicConstraints", "path length below 0", sequence(boolean(true), hex("0201ff")), true),
  has("basicConstraints", "path length 3", sequence(boolean(true), integer(3)), true),
  has("basicConstraints", "something more", sequence(boolean(true), integer(3), integer(4)), true),
  has("basicConstraints", "as an integer", integer(1), true),
  ...(
    [
      ["DNS", dns("example.com")],
      ["DNS empty", dns("")],
      ["DNS with a leading dot", dns(".example.com")],
      ["DNS with a wildcard", dns("*.example.com")],
      ["DNS with a space", dns("exa mple.com")],
      ["DNS with an empty label", dns("a..example.com")],
      ["e-mail domain", mail("example.com")],
      ["e-mail domains", mail(".example.com")],
      ["e-mail mailbox", mail("a@example.com")],
      ["e-mail with two @", mail("a@b@example.com")],
      ["e-mail with a space", mail("exa mple.com")],
      ["URI host", uri("example.com")],
      ["URI domain", uri(".example.com")],
      ["URI with a scheme", uri("https://example.com")],
      ["URI with one label", uri("example")],
      ["URI with an address", uri("192.0.2.1")],
      ["IPv4", ip("c0000200ffffff00")],
      ["IPv4 without mask", ip("c0000200")],
      ["IPv4 with holes in the mask", ip("c0000200ff00ff00")],
      ["IPv6", ip(`20010db8${"00".repeat(12)}ffffffff${"00".repeat(12)}`)],
      ["IPv6 cut off", ip(`20010db8${"00".repeat(12)}ffffffff`)],
      ["directory name", directory(name(attribute("O", utf8("Example"))))],
      ["registered id", implicit(8, hex("2a0304"))],
    ] as const
  ).flatMap(([what, base]) => [
    has("nameConstraints", what, sequence(explicit(0, sequence(base))), true),
    has("nameConstraints", `excluded ${what}`, sequence(explicit(1, sequence(base))), true),
  ]),
  has("nameConstraints", "not critical", sequence(explicit(0, sequence(dns("example.com"))))),
  has("nameConstraints", "empty", sequence(), true),
  has("nameConstraints", "with an empty list", sequence(explicit(0)), true),
  has(
    "nameConstraints",
    "minimum 1",
    sequence(explicit(0, sequence(dns("example.com"), implicit(0, hex("01"))))),
    true,
  ),
  has(
    "nameConstraints",
    "minimum 0 written out",
    sequence(explicit(0, sequence(dns("example.com"), implicit(0, hex("00"))))),
    true,
  ),
  has(
    "nameConstraints",
    "maximum 1",
    sequence(explicit(0, sequence(dns("example.com"), implicit(1, hex("01"))))),
    true,
  ),
  has("policyConstraints", "explicit policy", sequence(implicit(0, hex("00"))), true),
  has("policyConstraints", "not critical", sequence(implicit(0, hex("00")))),
  has("policyConstraints", "empty", sequence(), true),
  has("policyConstraints", "below 0", sequence(implicit(0, hex("ff"))), true),
  has("inhibitAnyPolicy", "0", integer(0), true),
  has("inhibitAnyPolicy", "not critical", integer(0)),
  has("inhibitAnyPolicy", "below 0", hex("0201ff"), true),
];

const policy = (...qualifiers: readonly Uint8Array[]): Buffer =>
  sequence(sequence(objectIdentifier("2.23.140.1.2.1"), ...(qualifiers.length > 0 ? [sequence(...qualifiers)] : [])));
const cps = (value: Uint8Array): Buffer => sequence(objectIdentifier("1.3.6.1.5.5.7.2.1"), value);
const notice = (...content: readonly Uint8Array[]): Buffer =>
  sequence(objectIdentifier("1.3.6.1.5.5.7.2.2"), sequence(...content));
const [A_POLICY, ANOTHER_POLICY, ANY_POLICY] = ["1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "2.5.29.32.0"].map(
  objectIdentifier,
) as [Buffer, Buffer, Buffer];

const POLICY_DIFFERENCES: readonly Difference[] = [
  has("certificatePolicies", "one", policy()),
  has("certificatePolicies", "critical", policy(), true),
  has("certificatePolicies", "empty", sequence()),
  has("certificatePolicies", "the same twice", sequence(sequence(A_POLICY), sequence(A_POLICY))),
  has("certificatePolicies", "any", sequence(sequence(ANY_POLICY))),
  has("certificatePolicies", "any with another", sequence(sequence(ANY_POLICY), sequence(A_POLICY))),
  has(
    "certificatePolicies",
    "any with a qualifier that nobody knows",
    sequence(sequence(ANY_POLICY, sequence(sequence(objectIdentifier("1.3.6.1.4.1.99999.9"), utf8("x"))))),
  ),
  has("certificatePolicies", "with an empty list of qualifiers", sequence(sequence(A_POLICY, sequence()))),
  has("certificatePolicies", "CPS", policy(cps(ia5("https://example.com/cps")))),
  has("certificatePolicies", "CPS in UTF-8", policy(cps(utf8("https://example.com/cps")))),
  has("certificatePolicies", "CPS relative", policy(cps(ia5("/cps")))),
  has("certificatePolicies", "CPS with a space", policy(cps(ia5("https://example.com/c ps")))),
  has("certificatePolicies", "notice", policy(notice(utf8("Example")))),
  has("certificatePolicies", "notice in IA5String", policy(notice(ia5("Example")))),
  has("certificatePolicies", "notice in VisibleString", policy(notice(element(0x1a, text("Example"))))),
  has("certificatePolicies", "notice in BMPString", policy(notice(element(0x1e, hex("00450078"))))),
  has("certificatePolicies", "notice of 200 characters", policy(notice(utf8("x".repeat(200))))),
  has("certificatePolicies", "notice of 201 characters", policy(notice(utf8("x".repeat(201))))),
  has("certificatePolicies", "notice empty", policy(notice(utf8("")))),
  has("certificatePolicies", "notice with a control character", policy(notice(utf8("a\nb")))),
  has("certificatePolicies", "notice with a reference", policy(notice(sequence(utf8("x"), sequence(integer(1)))))),
  has("policyMappings", "of two policies", sequence(sequence(A_POLICY, ANOTHER_POLICY)), true),
  has("policyMappings", "not critical", sequence(sequence(A_POLICY, ANOTHER_POLICY))),
  has("policyMappings", "of any policy", sequence(sequence(ANY_POLICY, ANOTHER_POLICY)), true),
  has("policyMappings", "to any policy", sequence(sequence(A_POLICY, ANY_POLICY)), true),
  has("policyMappings", "empty", sequence(), true),
];

const NAME_DIFFERENCES: readonly Difference[] = [
  lacks("subjectAltName"),
  has("subjectAltName", "critical", sequence(dns("a.example.com")), true),
  ...names("empty"),
  ...names("DNS and addresses", dns("a.example.com"), ip("c0000201"), ip(`20010db8${"00".repeat(11)}01`)),
  ...names("DNS wildcard", dns("*.example.com")),
  ...names("DNS wildcard alone", dns("*")),
  ...names("DNS wildcard in a label", dns("a*.example.com")),
  ...names("DNS wildcard later", dns("a.*.example.com")),
  ...names("DNS wildcard twice", dns("*.*.example.com")),
  ...names("DNS empty", dns("")),
  ...names("DNS of a space", dns(" ")),
  ...names("DNS with a space", dns("a b.example.com")),
  ...names("DNS with a leading dot", dns(".example.com")),
  ...names("DNS with a trailing dot", dns("a.example.com.")),
  ...names("DNS with an empty label", dns("a..example.com")),
  ...names("DNS with NUL", dns("a.example.com\0.org")),
  ...names("DNS with 8 bits", dns("ä.example.com")),
  ...names("DNS with a label of 64 characters", dns(`${"a".repeat(64)}.example.com`)),
  ...names("DNS of 254 characters", dns(`${"a.".repeat(121)}example.com`)),
  ...names("DNS with a hyphen first", dns("-a.example.com")),
  ...names("DNS with a hyphen last", dns("a-.example.com")),
  ...names("DNS with a hyphen first in the domain", dns("a.-example.com")),
  ...names("DNS with an underscore", dns("a_b.example.com")),
  ...names("DNS with an underscore in the domain", dns("a.exam_ple.com")),
  ...names("DNS of one label", dns("localhost")),
  ...names("DNS with an address", dns("192.0.2.1")),
  ...names("DNS with a slash", dns("example.com/a")),
  ...names("DNS with a port", dns("example.com:443")),
  ...names("DNS in Punycode", dns("xn--mnchen-3ya.example.com")),
  ...names("DNS in broken Punycode", dns("xn--a-\u00e4.example.com")),
  ...names("DNS in Punycode that says nothing", dns("xn--0.example.com")),
  ...names("DNS in Punycode that overflows", dns("xn--99999999.example.com")),
  ...names("DNS twice", dns("a.example.com"), dns("A.example.com")),
  ...names("e-mail", mail("a@example.com")),
  ...names("e-mail without @", mail("example.com")),
  ...names("e-mail with a name", mail("A <a@example.com>")),
  ...names("e-mail in brackets", mail("<a@example.com>")),
  ...names("e-mail with a comment", mail("a@example.com (A)")),
  ...names("e-mail without mailbox", mail("@example.com")),
  ...names("e-mail without domain", mail("a@")),
  ...names("e-mail empty", mail("")),
  ...names("e-mail with 8 bits", mail("ä@example.com")),
  ...names("e-mail of a long domain", mail(`a@${"a.".repeat(123)}example.com`)),
  ...names("URI", uri("https://example.com/a")),
  ...names("URI relative", uri("/a")),
  ...names("URI without scheme", uri("example.com/a")),
  ...names("URI with scheme alone", uri("https:")),
  ...names("URI with scheme and slashes alone", uri("https://")),
  ...names("URI without host", uri("https:///a")),
  ...names("URI of one label", uri("https://localhost/a")),
  ...names("URI with an address", uri("https://192.0.2.1/a")),
  ...names("URI with a bad host", uri("https://exa_mple!/a")),
  ...names("URI with a space", uri("https://example.com/a b")),
  ...names("URI with 8 bits", uri("https://example.com/ä")),
  ...names("URI empty", uri("")),
  ...names("URI with a bad escape", uri("https://example.com/%zz")),
  ...names("URI of SPIFFE", uri("spiffe://example.com/a")),
  ...names("URN", uri("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
  ...names("address of 3 octets", ip("c00002")),
  ...names("address of 5 octets", ip("c000020105")),
  ...names("address of no octets", ip("")),
  ...names("directory name", directory(name(attribute("O", utf8("Example"))))),
  ...names("directory name empty", directory(name())),
  ...names("other name", explicit(0, objectIdentifier("1.3.6.1.4.1.99999.5"), explicit(0, utf8("x")))),
  ...names("other name without value", explicit(0, objectIdentifier("1.3.6.1.4.1.99999.5"))),
  ...names("UTF-8 mailbox", explicit(0, objectIdentifier("1.3.6.1.5.5.7.8.9"), explicit(0, utf8("ä@example.com")))),
  ...names(
    "UTF-8 mailbox in ASCII",
    explicit(0, objectIdentifier("1.3.6.1.5.5.7.8.9"), explicit(0, utf8("a@example.com"))),
  ),
  ...names(
    "UTF-8 mailbox in capitals",
    explicit(0, objectIdentifier("1.3.6.1.5.5.7.8.9"), explicit(0, utf8("ä@Example.com"))),
  ),
  ...names(
    "UTF-8 mailbox without @",
    explicit(0, objectIdentifier("1.3.6.1.5.5.7.8.9"), explicit(0, utf8("ä.example.com"))),
  ),
  ...names("registered id", implicit(8, hex("2a0304"))),
  ...names("a tag of no name", implicit(9, hex("2a0304"))),
  has("subjectAltName", "as a string", utf8("a.example.com")),
  has("issuerAltName", "critical", sequence(dns("a.example.com")), true),
];

const point = (...content: readonly Uint8Array[]): Buffer => sequence(sequence(...content));
const fullName = (...values: readonly Uint8Array[]): Buffer => explicit(0, explicit(0, ...values));
const access = (method: string, location: Uint8Array): Buffer =>
  sequence(sequence(objectIdentifier(`1.3.6.1.5.5.7.48.${method}`), location));

const LOCATION_DIFFERENCES: readonly Difference[] = [
  ...(["cRLDistributionPoints", "freshestCRL"] as const).flatMap((id) => [
    has(id, "HTTP", point(fullName(uri("http://example.com/a.crl")))),
    has(id, "critical", point(fullName(uri("http://example.com/a.crl"))), true),
    has(id, "empty", sequence()),
    has(id, "of nothing", point()),
    has(id, "of reasons alone", point(implicit(1, hex("0780")))),
    has(id, "of an issuer alone", point(explicit(2, directory(ISSUER_NAME)))),
    has(id, "LDAP", point(fullName(uri("ldap://example.com/cn=a?certificateRevocationList")))),
    has(id, "HTTPS", point(fullName(uri("https://example.com/a.crl")))),
    has(id, "relative URI", point(fullName(uri("/a.crl")))),
    has(id, "URI with a space", point(fullName(uri("http://example.com/a b.crl")))),
    has(id, "without names", point(explicit(0, explicit(0)))),
    has(id, "directory name", point(fullName(directory(ISSUER_NAME)))),
    has(id, "name relative to the issuer", point(explicit(0, explicit(1, attribute("CN", utf8("a")))))),
    has(id, "as a string", utf8("http://example.com/a.crl")),
  ]),
  has("authorityInfoAccess", "OCSP", access("1", uri("http://ocsp.example.com"))),
  has("authorityInfoAccess", "issuers", access("2", uri("http://example.com/a.cer"))),
  has("authorityInfoAccess", "critical", access("1", uri("http://ocsp.example.com")), true),
  has("authorityInfoAccess", "empty", sequence()),
  has("authorityInfoAccess", "relative", access("1", uri("/ocsp"))),
  has("authorityInfoAccess", "of a mailbox", access("1", mail("a@example.com"))),
  has("authorityInfoAccess", "with a DNS name", access("1", dns("ocsp.example.com"))),
  has("authorityInfoAccess", "with a method that nobody knows", access("9", uri("http://example.com"))),
  has("authorityInfoAccess", "URI with a space", access("1", uri("http://ocsp.example.com/a b"))),
  has("authorityInfoAccess", "URI empty", access("1", uri(""))),
  has("subjectInfoAccess", "repository", access("5", uri("http://example.com/a.p7c"))),
  has("subjectInfoAccess", "critical", access("5", uri("http://example.com/a.p7c")), true),
];

const OTHER_DIFFERENCES: readonly Difference[] = [
  has("tlsFeature", "status_request", sequence(integer(5))),
  has("tlsFeature", "critical", sequence(integer(5)), true),
  has("tlsFeature", "unknown", sequence(integer(99))),
  has("tlsFeature", "as an integer", integer(5)),
  has("poison", "critical", nothing(), true),
  has("poison", "not critical", nothing()),
  has("timestamps", "empty", octets(hex("0000"))),
  {
    what: "poison with timestamps",
    change: (made) =>
      withExtension(withExtension(made, IDS.poison, nothing(), true), IDS.timestamps, octets(hex("0000"))),
  },
  has("smimeCapabilities", "critical", sequence(sequence(objectIdentifier("2.16.840.1.101.3.4.1.42"))), true),
  has(
    "subjectDirectoryAttributes",
    "critical",
    sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.9.4"), set(utf8("CH")))),
    true,
  ),
  has("subjectDirectoryAttributes", "empty", sequence()),
  {
    what: "an extension that nobody knows",
    change: (made) => withExtension(made, "1.3.6.1.4.1.99999.7", utf8("x")),
  },
  {
    what: "a critical extension that nobody knows",
    change: (made) => withExtension(made, "1.3.6.1.4.1.99999.7", utf8("x"), true),
  },
  ...(["keyUsage", "subjectKeyIdentifier", "subjectAltName"] as const).map((id): Difference => ({
    what: `${id}: twice`,
    change: (made) => ({
      ...made,
      extensions: [...made.extensions, ...made.extensions, extension(IDS[id], sequence(dns("b.example.com")))].filter(
        (each, index) => index < made.extensions.length || Buffer.from(each).includes(objectIdentifier(IDS[id])),
      ),
    }),
  })),
];

/** Differences in the extensions of RFC 5280, section 4.2, and of RFC 6962 and RFC 7633. */
export const EXTENSION_DIFFERENCES: readonly Difference[] = [
  ...KEY_DIFFERENCES,
  ...USAGE_DIFFERENCES,
  ...CONSTRAINT_DIFFERENCES,
  ...POLICY_DIFFERENCES,
  ...NAME_DIFFERENCES,
  ...LOCATION_DIFFERENCES,
  ...OTHER_DIFFERENCES,
];
