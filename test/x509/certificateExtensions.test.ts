import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { certificateText, openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { issue, issueRoot, type Wish } from "./issuing";
import { keyPair } from "./keySigner";
import { extensionNames, extensionOctets } from "./reading";

/** What openssl prints below an extension's heading, with single spaces. */
function below(pem: string, heading: string): string {
  const lines = certificateText(pem).split("\n");
  const rest = lines.slice(lines.findIndex((line) => line.trim() === heading) + 1);
  const end = rest.findIndex((line) => !line.startsWith(" ".repeat(13)) && line.trim() !== "");
  return rest.slice(0, end).join(" ").trim().replace(/\s+/g, " ");
}

/** The octets of the extension that openssl makes. */
function opensslOctets(extension: string, name: string): string {
  const [key, config] = [join(temporaryDirectory(), "key.pem"), join(temporaryDirectory(), "config")];
  writeFileSync(key, keyPair("ECDSA_P256").privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(config, `[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\n${extension}\n`);
  return extensionOctets(openssl(["req", "-x509", "-key", key, "-subj", "/CN=A", "-config", config]), name);
}

const CDP = "X509v3 CRL Distribution Points:";
const AIA = "Authority Information Access:";
const NAME_CONSTRAINTS = "X509v3 Name Constraints";

void describe("An extension", { skip: missing("openssl") }, () => {
  let issuerPem: string;
  before(async () => {
    issuerPem = await issueRoot();
  });

  const cases: readonly { what: string; wish: Partial<Wish>; heading: string; text: string }[] = [
    {
      what: "names each revocation list in a distribution point of its own",
      wish: { crlDistributionPoints: ["http://a.example/1.crl", "ldap://b.example/cn=CA?crl"] },
      heading: CDP,
      text: "Full Name: URI:http://a.example/1.crl Full Name: URI:ldap://b.example/cn=CA?crl",
    },
    {
      what: "names OCSP responders and the issuer's certificate",
      wish: {
        ocspServers: ["http://ocsp.example", "http://ocsp2.example"],
        issuingCertificateUrls: ["http://a.example/ca.cer"],
      },
      heading: AIA,
      text: "OCSP - URI:http://ocsp.example OCSP - URI:http://ocsp2.example CA Issuers - URI:http://a.example/ca.cer",
    },
    {
      what: "names policies with practice statements and notices",
      wish: {
        policies: [
          {
            id: "1.3.6.1.4.1.99999.1",
            cps: ["http://a.example/cps", "http://b.example/cps"],
            userNotice: "Nur für uns",
          },
          { id: "2.5.29.32.0" },
          { id: "2.23.140.1.2.1", cps: [] },
        ],
      },
      heading: "X509v3 Certificate Policies:",
      text:
        "Policy: 1.3.6.1.4.1.99999.1 CPS: http://a.example/cps CPS: http://b.example/cps User Notice: " +
        "Explicit Text: Nur für uns Policy: X509v3 Any Policy Policy: 2.23.140.1.2.1",
    },
    {
      what: "names the features of TLS",
      wish: { tlsFeatures: ["status_request_v2", 5, "status_request", 300] },
      heading: "TLS Feature:",
      text: "status_request, status_request_v2, 300",
    },
    {
      what: "is any that is allowed",
      wish: { extensions: [{ oid: "1.3.6.1.4.1.99999.2", valueDer: "DAJoaQ==" }] },
      heading: "1.3.6.1.4.1.99999.2:",
      text: "..hi",
    },
    {
      what: "names purposes by object identifier",
      wish: { extendedKeyUsages: ["1.3.6.1.4.1.99999.7", "codeSigning"] },
      heading: "X509v3 Extended Key Usage:",
      text: "1.3.6.1.4.1.99999.7, Code Signing",
    },
    {
      what: "names the issuer's certificate alone",
      wish: { issuingCertificateUrls: ["http://a.example/ca.cer"] },
      heading: AIA,
      text: "CA Issuers - URI:http://a.example/ca.cer",
    },
  ];
  const OF_CAS: typeof cases = [
    {
      what: "permits and excludes names, critically",
      wish: {
        nameConstraints: {
          permitted: {
            ...{ dnsDomains: ["example.com", "localhost"], emailAddresses: ["a@example.com", ".example.com"] },
            ...{ ipRanges: ["10.0.0.0/8", "2001:db8::/32"], uriDomains: ["example.com"] },
            directoryNames: [{ country: "CH", organization: "Example" }],
          },
          excluded: { dnsDomains: ["b.example.com"], ipRanges: [] },
        },
      },
      heading: `${NAME_CONSTRAINTS}: critical`,
      text:
        "Permitted: DNS:example.com DNS:localhost email:a@example.com email:.example.com IP:10.0.0.0/255.0.0.0 " +
        "IP:2001:DB8:0:0:0:0:0:0/FFFF:FFFF:0:0:0:0:0:0 URI:example.com DirName:C = CH, O = Example " +
        "Excluded: DNS:b.example.com",
    },
    {
      what: "constrains policies, critically",
      wish: { policyConstraints: { requireExplicitPolicy: 0, inhibitPolicyMapping: 128 } },
      heading: "X509v3 Policy Constraints: critical",
      text: "Require Explicit Policy:0, Inhibit Policy Mapping:128",
    },
    {
      what: "requires a policy at once",
      wish: { policyConstraints: { requireExplicitPolicy: 2 } },
      heading: "X509v3 Policy Constraints: critical",
      text: "Require Explicit Policy:2",
    },
    {
      what: "inhibits any policy, critically",
      wish: { inhibitAnyPolicy: 1 },
      heading: "X509v3 Inhibit Any Policy: critical",
      text: "1",
    },
  ];
  for (const { what, wish, heading, text } of OF_CAS) {
    void it(`of a CA ${what}`, async () => {
      const pem = await issue({ profile: "intermediate", subject: { commonName: "A" }, issuerPem, ...wish });
      assert.equal(below(pem, heading), text);
      assert.ok(new X509Certificate(pem).ca);
    });
  }

  void it("names a policy by a UUID", async () => {
    const pem = await issueRoot({ policies: [{ id: `2.25.${String((1n << 128n) - 1n)}` }] });
    // 2.25, and 128 bits in groups of seven.
    assert.equal(extensionOctets(pem, "X509v3 Certificate Policies"), `3018301606146983${"ff".repeat(17)}7f`);
  });

  void it("of a name keeps the other alternative names before it", async () => {
    const otherNames = [
      { oid: "1.3.6.1.4.1.311.20.2.3", utf8String: "jürg@example.com" },
      { oid: "2.25.329800735698586629295641978511506172918", valueHex: "0500" },
    ];
    const pem = await issue({ profile: "leaf", issuerPem, dnsNames: ["a.example.com"], otherNames });
    const san = "X509v3 Subject Alternative Name";
    assert.equal(
      extensionOctets(pem, san),
      opensslOctets(
        `subjectAltName=@n\n[n]\nDNS=a.example.com\notherName.1=1.3.6.1.4.1.311.20.2.3;FORMAT:UTF8,UTF8:jürg@example.com\notherName.2=2.25.329800735698586629295641978511506172918;NULL:`,
        san,
      ),
    );
  });

  for (const { what, wish, heading, text } of cases) {
    void it(`${what}, in a leaf and in a CA`, async () => {
      for (const profile of ["leaf", "intermediate"] as const) {
        const pem = await issue({ profile, subject: { commonName: "A" }, issuerPem, ...wish });
        assert.equal(below(pem, heading), text);
      }
    });
  }

  void it("is left out if it would be empty", async () => {
    const wish = {
      ...{ crlDistributionPoints: [], ocspServers: [], issuingCertificateUrls: [], otherNames: [], policies: [] },
      ...{ nameConstraints: { permitted: { dnsDomains: [] }, excluded: {} }, tlsFeatures: [], extensions: [] },
    };
    const pem = await issueRoot(wish);
    assert.deepEqual(extensionNames(pem), extensionNames(await issueRoot()));
  });
});
