import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAccessLocations } from "../../provider/inputs/urls";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

const ANYWHERE = [
  "http://pki.example.com/root.crl",
  "HTTPS://pki.example.com:8443/a?b=c%20d",
  "http://[2001:db8::1]/a",
];
const LDAP = "ldap://ldap.example.com/cn=CA,dc=example?certificateRevocationList;binary";
const NOWHERE: readonly unknown[] = [
  ...["", "pki.example.com", "/root.crl", "//pki.example.com/a", "http:", "http:root.crl", "http:///root.crl"],
  ...["http://pki.example.com/a b", "http://bücher.example/", "http://pki.example.com\n", "http://a:99999/"],
  ...["ftp://pki.example.com/a", "file:///a", "urn:a:b", "http://user:secret@pki.example.com/", 1, null],
];

void describe("Where a certificate's readers fetch something", () => {
  const cases: readonly { property: string; accepted: readonly unknown[]; refused: readonly unknown[] }[] = [
    { property: "crlDistributionPoints", accepted: [...ANYWHERE, LDAP], refused: [...NOWHERE, "ldap://a/cn=CA"] },
    { property: "issuingCertificateUrls", accepted: [...ANYWHERE, LDAP], refused: [...NOWHERE, "ldap://a/?b"] },
    { property: "ocspServers", accepted: ANYWHERE, refused: [...NOWHERE, LDAP] },
  ];
  for (const { property, accepted, refused } of cases) {
    for (const url of accepted) {
      void it(`may be ${JSON.stringify(url)} in ${property}`, () => {
        assert.deepEqual(checkAccessLocations({ [property]: [url] }), []);
      });
    }
    for (const url of refused) {
      void it(`must not be ${JSON.stringify(url)} in ${property}`, () => {
        const problems = found(checkAccessLocations({ [property]: ["http://a.example/", url] }));
        assert.deepEqual(problems, [`EXTENSION_INVALID ${property}[1]`]);
      });
    }
    for (const open of [undefined, null, UNKNOWN, [], [UNKNOWN]]) {
      void it(`may be ${JSON.stringify(open)} in ${property}`, () => {
        assert.deepEqual(checkAccessLocations({ [property]: open }), []);
      });
    }
    void it(`must be a list in ${property}`, () => {
      assert.deepEqual(found(checkAccessLocations({ [property]: ANYWHERE[0] })), [`EXTENSION_INVALID ${property}`]);
    });
  }

  void it("is not repeated in a message if it holds a password", () => {
    const [problem] = checkAccessLocations({ ocspServers: ["http://user:secret@pki.example.com/"] });
    assert.doesNotMatch(JSON.stringify(problem), /secret/);
  });
});
