import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { issue, issueRoot, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

/** zlint's rules are for CAs that browsers, mail programs and governments trust. Ours is only trusted by its owners. */
const PUBLIC_CA_SOURCES = ["Apple", "CABF_BR", "CABF_CS_BR", "CABF_EV", "CABF_SMIME_BR", "ETSI_ESI", "Mozilla"];

interface Complaint {
  readonly lint: string;
  readonly source: string;
}

/** The expected results for each certificate: that it is not from a public CA. */
const CASES: readonly {
  readonly what: string;
  readonly wish: Wish;
  readonly selfSigned: boolean;
  /** Whether it is a cross certificate, for another root. */
  readonly cross?: boolean;
  readonly allowed: readonly string[];
}[] = [
  {
    what: "A root",
    wish: { profile: "root", subject: { commonName: "Smallstep Root" } },
    selfSigned: true,
    allowed: ["e_ca_country_name_missing", "e_ca_organization_name_missing"],
  },
  {
    what: "An intermediate",
    wish: { profile: "intermediate", subject: { commonName: "Smallstep Intermediate" } },
    selfSigned: false,
    allowed: [
      "e_ca_country_name_missing",
      "e_ca_organization_name_missing",
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
    ],
  },
  {
    what: "An intermediate with a full subject",
    wish: {
      profile: "intermediate",
      subject: { country: "CH", organization: "Exämple AG", organizationalUnit: ["PKI", "Ops"], commonName: "CA 1" },
    },
    selfSigned: false,
    allowed: [
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
      "e_subj_orgunit_in_ca_cert",
    ],
  },
  {
    what: "A cross certificate, for a root without path length",
    wish: { profile: "cross" },
    selfSigned: false,
    cross: true,
    allowed: [
      "e_ca_country_name_missing",
      "e_ca_organization_name_missing",
      "e_invalid_ca_certificate_policies",
      "e_sub_ca_certificate_policies_missing",
      "e_sub_ca_crl_distribution_points_missing",
    ],
  },
  {
    what: "A leaf",
    wish: { profile: "leaf", subject: { commonName: "a.example.com" }, dnsNames: ["a.example.com"] },
    selfSigned: false,
    allowed: ["e_sub_cert_aia_missing", "e_sub_cert_cert_policy_empty", "e_sub_cert_certificate_policies_missing"],
  },
  {
    what: "A leaf without a subject",
    wish: {
      profile: "leaf",
      ipAddresses: ["192.0.2.1", "2001:db8::1"],
      emailAddresses: ["pki@example.com"],
      uris: ["spiffe://example.com/ca"],
    },
    selfSigned: false,
    allowed: [
      "e_ext_san_contains_reserved_ip",
      "e_ext_san_rfc822_name_present",
      "e_ext_san_uniform_resource_identifier_present",
      "e_sub_cert_aia_missing",
      "e_sub_cert_cert_policy_empty",
      "e_sub_cert_certificate_policies_missing",
    ],
  },
];

void describe("zlint", { skip: missing("zlint") }, () => {
  const directory = temporaryDirectory();
  const sources = new Map<string, string>();

  /** Runs the lints, and returns those that did not pass, with only the worst results or with all. */
  const complaints = (pem: string, results: readonly string[]): Complaint[] => {
    const file = join(directory, "certificate.pem");
    writeFileSync(file, pem);
    const report = JSON.parse(runTool("zlint", [file])) as Record<string, { readonly result: string }>;
    assert.ok(Object.keys(report).length > 300, "the lints have run");
    return Object.entries(report)
      .filter(([, { result }]) => results.includes(result))
      .map(([lint]) => ({ lint, source: sources.get(lint) ?? "unknown" }));
  };

  before(() => {
    for (const line of runTool("zlint", ["-list-lints-json"]).trim().split("\n")) {
      const { name, source } = JSON.parse(line) as { name: string; source: string };
      sources.set(name, source);
    }
  });

  for (const { what, wish, selfSigned, cross = false, allowed } of CASES) {
    void describe(what, () => {
      let pem: string;
      before(async () => {
        const signer = new KeySigner(keyPair("ECDSA_P256", "crossed"));
        const crossed = { pathLength: "unlimited", subject: { commonName: "Crossed Root" }, signer } as const;
        pem = await issue({
          ...wish,
          ...(selfSigned ? {} : { issuerPem: await issueRoot({ pathLength: "unlimited" }) }),
          ...(cross ? { crossOfPem: await issueRoot(crossed) } : {}),
        });
      });

      void it("breaks only these rules for public CAs", () => {
        const found = complaints(pem, ["error", "fatal"]);
        assert.deepEqual(found.map(({ lint }) => lint).sort(), allowed);
        assert.deepEqual(
          found.filter(({ source }) => !PUBLIC_CA_SOURCES.includes(source)),
          [],
        );
      });

      void it("causes no warning about an RFC", () => {
        const found = complaints(pem, ["warn"]).filter(({ source }) => !PUBLIC_CA_SOURCES.includes(source));
        assert.deepEqual(found, []);
      });
    });
  }
});
