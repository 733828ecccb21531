import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Finding, lintCertificate } from "../../../provider/x509/lint/lint";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { missing } from "../../tools";
import { corpus, type CorpusCertificate } from "./corpus";
import { COUNTERPARTS, GENERAL_FINDINGS, GENERAL_RULES } from "./counterparts";
import { pkilintFindings, zlintFindings } from "./judges";
import { publicTlsCorpus } from "./publicTlsCorpus";

/** What zlint and pkilint call an error and we do not, and why. Nothing else may be missed. */
const DISAGREEMENTS: readonly {
  readonly finding: string;
  /** The certificates of the corpus. */
  readonly certificate: RegExp;
  readonly why: string;
}[] = [
  {
    finding: "pkix.invalid_domain_name_syntax",
    certificate: /DNS wildcard$/,
    why: "RFC 5280, section 4.2.1.6 leaves wildcards to applications, and RFC 6125 defines them",
  },
  {
    finding: "pkix.invalid_domain_name_syntax",
    certificate: /DNS of one label$/,
    why: "RFC 1034 allows a name of one label, such as localhost",
  },
  {
    finding: "pkix.invalid_uri_syntax",
    certificate: /URI of SPIFFE$|URN$/,
    why: "pkilint knows nine schemes, and RFC 3986 allows any",
  },
  {
    finding: "e_ext_ian_uri_host_not_fqdn_or_ip",
    certificate: /URN$/,
    why: "a URN has no host; zlint's lint of subjectAltName knows that",
  },
  {
    finding: "e_rfc_dnsname_underscore_in_sld",
    certificate: /DNS with an underscore in the domain$/,
    why: "ours is a warning, because private networks have such names (Docker's), and 0.1.0 issued them",
  },
  {
    finding: "e_subject_postal_code_max_length",
    certificate: /postal code of 20 characters$/,
    why: "zlint takes the bound of an X.400 address; the bound of X.520 is 40",
  },
  {
    finding: "e_subject_dn_not_printable_characters",
    certificate: /BMPString$/,
    why: "zlint reads the two octets of a character as UTF-8; ours is the warning attribute-string-deprecated",
  },
  {
    finding: "unreadable",
    certificate: /name relative to the issuer$/,
    why: "zlint cannot read this form, which RFC 5280, section 4.2.1.13 defines; ours is a warning",
  },
  {
    finding: "unreadable",
    certificate: /excluded registered id$/,
    why: "zlint cannot read this form; ours is the warning name-constraints-kind",
  },
  {
    finding: "cabf.internal_domain_name",
    certificate: /URI with an address$/,
    why: "pkilint takes an address for a domain name",
  },
];

interface Judgement {
  readonly what: string;
  readonly errors: readonly string[];
  readonly theirs: readonly string[];
}

function isDisputed(what: string, theirs: readonly string[]): boolean {
  return theirs.every((finding) =>
    DISAGREEMENTS.some((each) => each.finding === finding && each.certificate.test(what)),
  );
}

function judge(
  certificates: readonly CorpusCertificate[],
  lint: (der: Buffer) => readonly Finding[],
  directory: string,
  sources: RegExp,
): Judgement[] {
  const [ofPkilint, ofZlint] = [pkilintFindings(certificates), zlintFindings(certificates, directory, sources)];
  assert.equal(ofPkilint.length, certificates.length);
  assert.equal(ofZlint.length, certificates.length);
  return certificates.map(({ what, der }, index) => ({
    what,
    errors: lint(der)
      .filter(({ level }) => level === "error")
      .map(({ rule }) => rule),
    theirs: [...(ofPkilint[index] ?? []), ...(ofZlint[index] ?? [])],
  }));
}

/** The certificates in which they find an error and we do not, apart from the disagreements. */
function missed(judgements: readonly Judgement[]): string[] {
  return judgements
    .filter(({ what, errors, theirs }) => errors.length === 0 && !isDisputed(what, theirs))
    .map(({ what, theirs }) => `${what}: ${theirs.join(", ")}`);
}

/** Their findings for which none of our rules stands, or one that did not find it. */
function withoutCounterpart({ what, errors, theirs }: Judgement): string[] {
  return theirs
    .filter((finding) => !GENERAL_FINDINGS.includes(finding) && !isDisputed(what, [finding]))
    .filter((finding) => {
      const rules = [...(COUNTERPARTS[finding] ?? []), ...GENERAL_RULES];
      return COUNTERPARTS[finding] === undefined || !errors.some((rule) => rules.includes(rule));
    })
    .map((finding) => `${what}: ${finding}`);
}

const skip = missing("zlint", "pkilint");

void describe("The lint, by zlint and pkilint", { skip }, () => {
  const directory = temporaryDirectory();

  void it("misses no error of theirs in certificates, good and bad", (context) => {
    const judgements = judge(corpus(), (der) => lintCertificate(der), directory, /^(?:RFC|Community)/);
    assert.deepEqual(missed(judgements), []);
    assert.deepEqual(judgements.flatMap(withoutCounterpart), []);
    tell(context, judgements);
    assert.ok(judgements.length >= 500);
    assert.ok(judgements.filter(({ theirs }) => theirs.length > 0).length >= 500, "enough are bad");
    assert.ok(
      judgements.filter(({ errors, theirs }) => errors.length + theirs.length === 0).length >= 200,
      "enough are good",
    );
  });

  void it("misses no error of theirs by the Baseline Requirements in certificates of CAs, good and bad", (context) => {
    const lint = (der: Buffer): Finding[] => lintCertificate(der, { profile: "publicTls" });
    const judgements = judge(publicTlsCorpus(), lint, directory, /^(?:RFC|Community|CABF_BR$)/);
    assert.deepEqual(missed(judgements), []);
    tell(context, judgements);
    assert.ok(
      judgements.filter(({ errors, theirs }) => errors.length + theirs.length === 0).length >= 100,
      "enough are good",
    );
  });
});

void describe("The disagreements with zlint and pkilint", () => {
  void it("are each about a certificate of the corpus", () => {
    const names = [...corpus(), ...publicTlsCorpus()].map(({ what }) => what);
    for (const { certificate, why } of DISAGREEMENTS) {
      assert.ok(
        names.some((name) => certificate.test(name)),
        why,
      );
    }
  });
});

function tell(context: { diagnostic: (text: string) => void }, judgements: readonly Judgement[]): void {
  const count = (holds: (judgement: Judgement) => boolean): string => String(judgements.filter(holds).length);
  context.diagnostic(
    `${String(judgements.length)} certificates: both find an error in ${count(({ errors, theirs }) => errors.length > 0 && theirs.length > 0)}, ` +
      `only we in ${count(({ errors, theirs }) => errors.length > 0 && theirs.length === 0)}, ` +
      `only they in ${count(({ errors, theirs }) => errors.length === 0 && theirs.length > 0)} (all disagreements), ` +
      `nobody in ${count(({ errors, theirs }) => errors.length === 0 && theirs.length === 0)}`,
  );
}
