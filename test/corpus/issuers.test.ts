import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { requireIssuingPath } from "../../provider/x509/certificationPath";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { CA, type CaWish, issueBelow, makeCa, type MadeCa, newKey, requestCa } from "./caWorkshop";
import { goWord, opensslWord, ourWord, type Word } from "./judges";

/** A CA under which to make an authority, and the verdicts on it. */
interface IssuerFile {
  readonly what: string;
  /** The CA, and those above it up to the root. */
  readonly make: () => readonly [MadeCa, ...MadeCa[]];
  /** The user's input, if it is not the chain in order. */
  readonly given?: (chain: readonly MadeCa[]) => string;
  readonly ours: "accepted" | ErrorCode;
  readonly openssl: Word;
  readonly go: Word;
}

const root =
  (wish: CaWish = {}) =>
  (): [MadeCa] => [makeCa(wish)];
const NO_KEY_USAGE = "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n";
const named = (mask: string, name: string) => (): [MadeCa] => [
  requestCa(
    `[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\nstring_mask=${mask}\nutf8=yes\n[dn]\n${name}\n[ext]\n${CA}subjectKeyIdentifier=hash\n`,
  ),
];

/** A chain of CAs. The root is made first and listed last. */
function tiers(count: number, wish: (tier: number) => CaWish = () => ({})): [MadeCa, ...MadeCa[]] {
  let chain: [MadeCa, ...MadeCa[]] = [makeCa(wish(0))];
  for (let tier = 1; tier < count; tier += 1) {
    chain = [makeCa({ subject: `/CN=Tier ${String(tier)}`, days: 3000, issuer: chain[0], ...wish(tier) }), ...chain];
  }
  return chain;
}

const FILES: readonly IssuerFile[] = [
  { what: "a root with key usages", make: root(), ours: "accepted", openssl: "accepted", go: "accepted" },
  {
    what: "a root without key usage",
    make: root({ extensions: NO_KEY_USAGE }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root with only basic constraints",
    make: root({ extensions: "basicConstraints=CA:TRUE\n" }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root that req -x509 makes with openssl's default settings",
    make: () => [
      requestCa(
        "[req]\ndistinguished_name=dn\nx509_extensions=v3_ca\n[dn]\n[v3_ca]\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always,issuer\nbasicConstraints=critical,CA:true\n",
        newKey("RSA-2048"),
        "-subj",
        "/CN=Default",
      ),
    ],
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "an RSA root with 2048 bits",
    make: root({ keyPem: newKey("RSA-2048") }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "an Ed25519 root",
    make: root({ keyPem: newKey("Ed25519") }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root signed with SHA-1, which nobody checks",
    make: root({ arguments: ["-sha1"] }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root with serial number 0",
    make: root({ serial: "0" }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root with path length 1",
    make: root({ extensions: CA.replace("TRUE", "TRUE,pathlen:1") }),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root whose name is PrintableString",
    make: named("nombstr", "O=Old Company"),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root whose name is T61String",
    make: named("MASK:4", "O=Gr\u00fcn"),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root whose name is BMPString",
    make: named("MASK:0x800", "O=Gr\u00fcn"),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root whose name is UTF8String with blanks",
    make: named("utf8only", "O=Two  Blanks "),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root with path length 0",
    make: root({ extensions: CA.replace("TRUE", "TRUE,pathlen:0") }),
    ours: "PATH_LENGTH_VIOLATED",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "an expired root",
    make: root({ days: -1 }),
    ours: "VALIDITY_EXCEEDS_ISSUER",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a certificate without basic constraints",
    make: root({ extensions: "keyUsage=keyCertSign\n" }),
    ours: "ISSUER_NOT_CA",
    openssl: "accepted",
    go: "refused",
  },
  {
    what: "a certificate with only a key identifier",
    make: root({ extensions: "subjectKeyIdentifier=hash\n" }),
    ours: "ISSUER_NOT_CA",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a certificate with CA:FALSE",
    make: root({ extensions: "basicConstraints=CA:FALSE\n" }),
    ours: "ISSUER_NOT_CA",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a root whose key usages lack keyCertSign",
    make: root({ extensions: CA.replace("keyCertSign,", "digitalSignature,") }),
    ours: "ISSUER_NOT_CA",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a root with a negative serial number",
    make: root({ serial: "-5" }),
    ours: "INPUT_INVALID",
    openssl: "accepted",
    go: "refused",
  },
  {
    what: "an RSA root with 1024 bits",
    make: root({ keyPem: newKey("RSA-1024") }),
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root on P-224",
    make: root({ keyPem: newKey("P-224") }),
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a root on secp256k1",
    make: root({ keyPem: newKey("secp256k1") }),
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "accepted",
    go: "refused",
  },
  {
    what: "an Ed448 root",
    make: root({ keyPem: newKey("Ed448") }),
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "accepted",
    go: "refused",
  },
  {
    what: "a root with explicit curve parameters",
    make: () => [
      makeCa({
        keyPem: openssl(
          ["pkey"],
          openssl(["ecparam", "-genkey", "-noout", "-name", "prime256v1", "-param_enc", "explicit"]),
        ),
      }),
    ],
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a root with an unknown critical extension",
    make: root({ extensions: `${CA}1.2.3.4=critical,ASN1:NULL\n` }),
    ours: "INPUT_INVALID",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a subordinate CA without its root",
    make: () => tiers(2),
    given: ([sub]) => sub?.certificatePem ?? "",
    ours: "INPUT_INVALID",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a subordinate CA with its root",
    make: () => tiers(2),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  { what: "four tiers", make: () => tiers(4), ours: "accepted", openssl: "accepted", go: "accepted" },
  {
    what: "four tiers out of order after the issuing CA",
    make: () => tiers(4),
    given: ([first, ...others]) => [first, ...others.reverse()].map((ca) => ca?.certificatePem).join(""),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "three tiers, and certificates outside the chain",
    make: () => tiers(3),
    given: (chain) => [...chain, makeCa({ subject: "/CN=Stranger" })].map((ca) => ca.certificatePem).join(""),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "three tiers without the middle one",
    make: () => tiers(3),
    given: ([first, , last]) => `${first?.certificatePem ?? ""}${last?.certificatePem ?? ""}`,
    ours: "INPUT_INVALID",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a chain whose root has a too small path length",
    make: () => tiers(3, (tier) => (tier === 0 ? { extensions: CA.replace("TRUE", "TRUE,pathlen:1") } : {})),
    ours: "PATH_LENGTH_VIOLATED",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a chain with a middle certificate that is not a CA",
    make: () => tiers(3, (tier) => (tier === 1 ? { extensions: "basicConstraints=CA:FALSE\n" } : {})),
    ours: "ISSUER_NOT_CA",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a chain with an expired middle CA",
    make: () => tiers(3, (tier) => (tier === 1 ? { days: -1 } : {})),
    ours: "VALIDITY_EXCEEDS_ISSUER",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a chain signed with SHA-1",
    make: () => tiers(2, (tier) => (tier === 1 ? { arguments: ["-sha1"] } : {})),
    ours: "INPUT_INVALID",
    openssl: "accepted",
    go: "refused",
  },
  {
    what: "a chain with an RSA root of 1024 bits",
    make: () => tiers(2, (tier) => (tier === 0 ? { keyPem: newKey("RSA-1024") } : {})),
    ours: "ALGORITHM_UNSUPPORTED",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a key before the certificate",
    make: root(),
    given: ([ca]) => `${ca?.keyPem ?? ""}${ca?.certificatePem ?? ""}`,
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a key between the certificates of a chain",
    make: () => tiers(2),
    given: ([sub, top]) => `${sub?.certificatePem ?? ""}${sub?.keyPem ?? ""}${top?.certificatePem ?? ""}`,
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a file with a BOM, CRLF and text before it",
    make: root(),
    given: ([ca]) => `\uFEFFsubject=CN = R\r\n${(ca?.certificatePem ?? "").replaceAll("\n", "\r\n")}`,
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a TRUSTED CERTIFICATE",
    make: root(),
    given: ([ca]) => openssl(["x509", "-trustout", "-addtrust", "serverAuth"], ca?.certificatePem),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "PKCS#7",
    make: root(),
    given: ([ca]) => (ca?.certificatePem ?? "").replaceAll("CERTIFICATE", "PKCS7"),
    ours: "INPUT_INVALID",
    openssl: "accepted",
    go: "accepted",
  },
];

void describe("A CA of another tool", { skip: missing("openssl", "step") }, () => {
  for (const { what, make, given, ours, openssl: ofOpenssl, go } of FILES) {
    void it(`that is ${what} is ${ours === "accepted" ? ours : `refused with ${ours}`}`, () => {
      const chain = make();
      const [ca, ...above] = chain;
      const text = given?.(chain) ?? chain.map(({ certificatePem }) => certificatePem).join("");
      const judged = issueBelow(ca, above);
      assert.deepEqual(
        {
          ours: ourWord(() => {
            requireIssuingPath(text, "rootCertificate", new Date());
          }),
          openssl: opensslWord(judged),
          go: goWord(judged),
        },
        { ours, openssl: ofOpenssl, go },
      );
    });
  }

  void it("is never accepted when openssl or Go refuses it", () => {
    const laxer = FILES.filter(({ ours, openssl: word, go }) => ours === "accepted" && [word, go].includes("refused"));
    assert.deepEqual(laxer, []);
  });
});
