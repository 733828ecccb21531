import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { certificateText } from "../fixtures/openssl";
import { missing } from "../tools";
import { issue, issueRoot, type Wish } from "./issuing";
import { extensionNames } from "./reading";

/** What openssl prints below an extension's heading, with single spaces. */
function below(pem: string, heading: string): string {
  const [, text = ""] = certificateText(pem).split(`            ${heading}:`);
  return (text.split(/^ {0,12}\S/m)[0] ?? "").trim().replace(/\s+/g, " ");
}

const CDP = "X509v3 CRL Distribution Points";
const AIA = "Authority Information Access";

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
      what: "names the issuer's certificate alone",
      wish: { issuingCertificateUrls: ["http://a.example/ca.cer"] },
      heading: AIA,
      text: "CA Issuers - URI:http://a.example/ca.cer",
    },
  ];
  for (const { what, wish, heading, text } of cases) {
    void it(`${what}, in a leaf and in a CA`, async () => {
      for (const profile of ["leaf", "intermediate"] as const) {
        const pem = await issue({ profile, subject: { commonName: "A" }, issuerPem, ...wish });
        assert.equal(below(pem, heading), text);
      }
    });
  }

  void it("is left out if it would be empty", async () => {
    const wish = { crlDistributionPoints: [], ocspServers: [], issuingCertificateUrls: [] };
    const pem = await issueRoot(wish);
    assert.deepEqual(extensionNames(pem), extensionNames(await issueRoot()));
  });
});
