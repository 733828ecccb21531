import type { CorpusCertificate } from "./corpus";
import { EXTENSION_DIFFERENCES } from "./corpusExtensions";
import {
  type Difference,
  differs,
  FIELD_DIFFERENCES,
  KEY_DIFFERENCES,
  NAME_DIFFERENCES,
  withExtension,
} from "./corpusFields";
import {
  boolean,
  explicit,
  hex,
  implicit,
  integer,
  objectIdentifier,
  printable,
  sequence,
  set,
  time,
  utf8,
} from "./derWriting";
import { attribute, IDS, intermediate, type MadeCertificate, name, root, write } from "./madeCertificate";

/** A certificate of the corpus for the Baseline Requirements, with its type in pkilint's words. */
export interface PublicTlsCertificate extends CorpusCertificate {
  readonly kind: "ROOT-CA" | "INTERNAL-UNCONSTRAINED-TLS-CA" | "INTERNAL-CONSTRAINED-TLS-CA";
}

const uri = (text: string): Buffer => implicit(6, Buffer.from(text));

function publicIntermediate(): MadeCertificate {
  return (
    [
      [IDS.extKeyUsage, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))],
      [IDS.certificatePolicies, sequence(sequence(objectIdentifier("2.23.140.1.2.1")))],
      [IDS.cRLDistributionPoints, sequence(sequence(explicit(0, explicit(0, uri("http://example.com/a.crl")))))],
      [
        IDS.authorityInfoAccess,
        sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.48.2"), uri("http://example.com/a.cer"))),
      ],
    ] as const
  ).reduce((made, [id, value]) => withExtension(made, id, value), intermediate());
}

const [C, O, CN] = [
  attribute("C", printable("CH")),
  attribute("O", utf8("Example")),
  attribute("CN", utf8("Example CA")),
];
const dns = implicit(2, Buffer.from("example.com"));
const directory = explicit(4, name(C, O));
const [allFour, allSix] = [implicit(7, Buffer.alloc(8)), implicit(7, Buffer.alloc(32))];
const list = (number: number, ...bases: readonly Uint8Array[]): Buffer =>
  explicit(number, ...bases.map((base) => sequence(base)));

function constrained(what: string, ...content: readonly Uint8Array[]): Difference {
  return {
    what: `constraints: ${what}`,
    change: (made) => withExtension(made, IDS.nameConstraints, sequence(...content), true),
  };
}

function purposes(what: string, ...arcs: readonly string[]): Difference {
  return {
    what: `purposes: ${what}`,
    change: (made) => withExtension(made, IDS.extKeyUsage, sequence(...arcs.map(objectIdentifier))),
  };
}

function policies(what: string, ...arcs: readonly string[]): Difference {
  return {
    what: `policies: ${what}`,
    change: (made) =>
      withExtension(made, IDS.certificatePolicies, sequence(...arcs.map((arc) => sequence(objectIdentifier(arc))))),
  };
}

/** What only the Baseline Requirements have rules for. */
const DIFFERENCES: readonly Difference[] = [
  differs("subject without country", { subject: name(O, CN) }),
  differs("subject without organization", { subject: name(C, CN) }),
  differs("subject without common name", { subject: name(C, O) }),
  differs("subject with a unit", { subject: name(C, O, attribute("OU", utf8("Unit")), CN) }),
  differs("subject in another order", { subject: name(CN, O, C) }),
  differs("subject with the same twice", { subject: name(C, O, O, CN) }),
  differs("subject with two attributes in a set", { subject: sequence(set(C), set(O, CN)) }),
  differs("subject that says nothing", { subject: name(C, attribute("O", utf8("-")), CN) }),
  differs("subject with an entity", { subject: name(C, attribute("O", utf8("A &amp; B")), CN) }),
  differs("country of nowhere", { subject: name(attribute("C", printable("QQ")), O, CN) }),
  differs("country XX", { subject: name(attribute("C", printable("XX")), O, CN) }),
  differs("validity of 7 years", { notAfter: time("331101000000Z") }),
  differs("validity of 26 years", { notAfter: time("20521101000000Z") }),
  purposes("server and client", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"),
  purposes("client", "1.3.6.1.5.5.7.3.2"),
  purposes("server and code", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.3"),
  purposes("server and mail", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"),
  purposes("server and OCSP", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.9"),
  purposes("server and any", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"),
  policies("organization validated", "2.23.140.1.2.2"),
  policies("two", "2.23.140.1.2.1", "2.23.140.1.2.2"),
  policies("any", "2.5.29.32.0"),
  policies("any and another", "2.5.29.32.0", "2.23.140.1.2.1"),
  policies("another", "1.3.6.1.4.1.99999.1"),
  constrained("complete", list(0, dns, directory), list(1, allFour, allSix)),
  constrained("without directory", list(0, dns), list(1, allFour, allSix)),
  constrained("without IPv4", list(0, dns, directory), list(1, allSix)),
  constrained("without IPv6", list(0, dns, directory), list(1, allFour)),
  constrained("without DNS", list(0, directory), list(1, allFour, allSix)),
  constrained("DNS excluded", list(0, directory), list(1, implicit(2, Buffer.alloc(0)), allFour, allSix)),
  constrained(
    "all permitted",
    list(
      0,
      dns,
      directory,
      implicit(7, hex("c0a80000ffff0000")),
      implicit(7, hex(`20${"0".repeat(30)}ff${"0".repeat(30)}`)),
    ),
  ),
  {
    what: "path length",
    change: (made) => withExtension(made, IDS.basicConstraints, sequence(boolean(true), integer(3)), true),
  },
];

/** Certificates of CAs, good and bad, by the Baseline Requirements. */
export function publicTlsCorpus(): PublicTlsCertificate[] {
  const differences = [
    ...DIFFERENCES,
    ...EXTENSION_DIFFERENCES.filter(({ what }) => !what.startsWith("issuerAltName")),
    ...FIELD_DIFFERENCES,
    ...NAME_DIFFERENCES,
  ];
  const kinds: Readonly<Record<string, () => MadeCertificate>> = { root, intermediate: publicIntermediate };
  // A root signs itself, so its key stays.
  return Object.entries(kinds).flatMap(([kind, make]) =>
    [
      { what: "as it is", change: (made: MadeCertificate) => made },
      ...differences,
      ...(kind === "root" ? [] : KEY_DIFFERENCES),
    ].map(({ what, change }) => {
      const made = change(make());
      const isConstrained = made.extensions.some((each) =>
        Buffer.from(each).includes(objectIdentifier(IDS.nameConstraints)),
      );
      return {
        what: `public ${kind}, ${what}`,
        der: write(kind === "root" && made.subject !== made.issuer ? { ...made, issuer: made.subject } : made),
        kind:
          kind === "root" ? "ROOT-CA" : isConstrained ? "INTERNAL-CONSTRAINED-TLS-CA" : "INTERNAL-UNCONSTRAINED-TLS-CA",
      };
    }),
  );
}
