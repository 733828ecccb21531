import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chainNameConstraints, nameConstraintsOf } from "../../provider/x509/certificateNameConstraints";
import type { NameConstraints } from "../../provider/x509/nameConstraints";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { issueRoot } from "./issuing";
import { keyPair } from "./keySigner";

/** A root whose name constraints openssl writes, from a section of its configuration. */
function opensslRoot(constraints: string): X509Certificate {
  const directory = temporaryDirectory();
  const [key, config] = [join(directory, "key.pem"), join(directory, "config")];
  writeFileSync(key, keyPair("ECDSA_P256").privateKey.export({ type: "pkcs8", format: "pem" }));
  const section = `[x]\nnameConstraints=critical,${constraints}\n[dn]\nC=CH\nO=Example\n`;
  writeFileSync(
    config,
    `[req]\ndistinguished_name=d\nx509_extensions=x\nutf8=yes\nstring_mask=utf8only\n[d]\n${section}`,
  );
  const made = openssl(["req", "-x509", "-key", key, "-subj", "/CN=Root", "-days", "9", "-config", config]);
  return new X509Certificate(made);
}

void describe("The name constraints of a certificate", { skip: missing("openssl") }, () => {
  const cases: readonly { constraints: string; expected: NameConstraints }[] = [
    {
      constraints: "permitted;DNS:example.com,permitted;DNS:.example.org,excluded;DNS:a.example.com",
      expected: {
        permitted: { dnsDomains: ["example.com", ".example.org"] },
        excluded: { dnsDomains: ["a.example.com"] },
      },
    },
    {
      constraints: "permitted;email:a@example.com,permitted;URI:.example.com",
      expected: { permitted: { emailAddresses: ["a@example.com"], uriDomains: [".example.com"] } },
    },
    {
      constraints: "excluded;IP:10.0.0.0/255.0.0.0,excluded;IP:2001:db8::/ffff:ffff::",
      expected: { excluded: { ipRanges: ["10.0.0.0/8", "2001:0db8:0000:0000:0000:0000:0000:0000/32"] } },
    },
    {
      constraints: "permitted;dirName:dn",
      expected: {
        permitted: {
          directoryNames: [
            {
              attributes: [
                { oid: "2.5.4.6", value: "CH", type: "printableString" },
                { oid: "2.5.4.10", value: "Example", type: "utf8String" },
              ],
            },
          ],
        },
      },
    },
    // Constraints for names that are not written here say nothing of those that are.
    {
      constraints: "permitted;RID:1.2.3,permitted;DNS:example.com",
      expected: { permitted: { dnsDomains: ["example.com"] } },
    },
  ];
  for (const { constraints, expected } of cases) {
    void it(`are read as openssl writes them: ${constraints}`, () => {
      assert.deepEqual(nameConstraintsOf(opensslRoot(constraints)), expected);
    });
  }

  void it("are read back as they were written", async () => {
    const nameConstraints: NameConstraints = {
      permitted: { dnsDomains: ["", "example.com"], emailAddresses: [".example.com"], ipRanges: ["10.0.0.0/8"] },
      excluded: { uriDomains: ["example.org"], dnsDomains: ["a.example.com"] },
    };
    assert.deepEqual(chainNameConstraints(await issueRoot({ nameConstraints })), [nameConstraints]);
  });

  void it("are undefined if there are none, and are collected from all certificates in a chain", async () => {
    assert.equal(nameConstraintsOf(new X509Certificate(await issueRoot())), undefined);
    const [one, other] = [{ permitted: { dnsDomains: ["a.example"] } }, { excluded: { dnsDomains: ["b.example"] } }];
    const chain =
      (await issueRoot({ nameConstraints: one })) + (await issueRoot()) + (await issueRoot({ nameConstraints: other }));
    assert.deepEqual(chainNameConstraints(chain), [one, other]);
    assert.deepEqual(chainNameConstraints("none"), []);
  });
});
