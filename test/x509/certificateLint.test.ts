import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it, mock } from "node:test";
import { issueCertificate } from "../../provider/x509/certificateAuthority";
import { readIssuer } from "../../provider/x509/issuer";
import { lintCertificate } from "../../provider/x509/lint/lint";
import { X509CertificateGenerator } from "../../provider/x509/peculiarX509";
import { certificateTemplate } from "../../provider/x509/template";
import { SCHEME_NAMES } from "../fixtures/signatureSchemes";
import { withCode } from "../fixtures/withCode";
import { issue, issueRoot, NOW, octets, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

/** What the lint refuses, and the rule that it names. */
const REFUSED: readonly { readonly what: string; readonly wish: Wish; readonly rule: RegExp }[] = [
  {
    what: "a leaf with keyCertSign",
    wish: { profile: "leaf", subject: { commonName: "a" }, keyUsages: ["digitalSignature", "keyCertSign"] },
    rule: /keyCertSign is in a certificate that is not a CA's \(key-usage-of-ca, RFC 5280, section/,
  },
  {
    what: "an EC key for encipherment",
    wish: { profile: "leaf", subject: { commonName: "a" }, keyUsages: ["digitalSignature", "keyEncipherment"] },
    rule: /key-usage-fits-key, RFC 3279/,
  },
  {
    what: "a CA without keyCertSign",
    wish: { profile: "intermediate", subject: { commonName: "a" }, keyUsages: ["cRLSign"] },
    rule: /a CA lacks keyCertSign/,
  },
  {
    what: "a leaf for time stamping, which must be critical",
    wish: { profile: "leaf", subject: { commonName: "a" }, extendedKeyUsages: ["timeStamping"] },
    rule: /extended-key-usage-time-stamping-critical, RFC 3161/,
  },
];

void describe("A certificate that breaks a rule", () => {
  for (const { what, wish, rule } of REFUSED) {
    void it(`is refused before its signer is asked for: ${what}`, async () => {
      const issuer = readIssuer(await issueRoot({ pathLength: "unlimited" }));
      let asked = 0;
      const order = {
        template: certificateTemplate(wish, {}),
        publicKey: keyPair("ECDSA_P256", "subject").publicKey,
        algorithm: "ECDSA_P256" as const,
        issuer,
        signer: () => {
          asked += 1;
          return Promise.resolve(new KeySigner());
        },
      };
      const surroundings = { now: () => NOW, random: octets(0x5a) };
      await assert.rejects(issueCertificate(order, surroundings), withCode("LINT_FAILED", rule));
      assert.equal(asked, 0);
    });
  }

  void it("is not refused for a warning, which is told", async () => {
    const told: string[] = [];
    const order = {
      template: certificateTemplate(
        { profile: "leaf", subject: { commonName: "a" }, dnsNames: ["step_ca.example.com"] },
        {},
      ),
      publicKey: keyPair("ECDSA_P256", "subject").publicKey,
      algorithm: "ECDSA_P256" as const,
      issuer: readIssuer(await issueRoot()),
      signer: () => Promise.resolve(new KeySigner()),
      warn: (message: string) => told.push(message),
    };
    await issueCertificate(order, { now: () => NOW, random: octets(0x5a) });
    assert.equal(told.length, 1);
    assert.match(told.join(), /^the certificate of CN=a: the DNS name "step_ca.example.com" has an underscore/);
  });
});

void describe("A signed certificate", () => {
  void it("is built once, and its signature is the only one", async () => {
    const { mock: built } = mock.method(X509CertificateGenerator, "create");
    const signer = new KeySigner();
    await issueRoot({ signer });
    built.restore();
    assert.deepEqual([built.callCount(), signer.calls], [1, 1]);
  });

  void it("is compared with the linted one: another algorithm is not accepted", async () => {
    const { publicKey, privateKey } = keyPair("RSA_2048_PKCS1");
    const signer = new KeySigner({ publicKey, privateKey }, "RSA_2048_PSS");
    const order = {
      template: certificateTemplate({ profile: "root", subject: { commonName: "a" } }, {}),
      ...{ publicKey, algorithm: "RSA_2048_PKCS1" as const },
      signer: () => Promise.resolve(signer),
    };
    await assert.rejects(
      issueCertificate(order, { now: () => NOW, random: octets(0x5a) }),
      withCode("LINT_FAILED", /is not the linted one/),
    );
  });
});

void describe("A certificate of every profile and algorithm", () => {
  for (const algorithm of SCHEME_NAMES) {
    void it(`draws nothing from the lint, signed with ${algorithm}`, async () => {
      const signer = new KeySigner(keyPair(algorithm), algorithm);
      const rootPem = await issueRoot({ signer, pathLength: "unlimited" });
      const wishes: Wish[] = [
        { profile: "intermediate", subject: { commonName: "Intermediate", country: "CH", organization: "Exämple" } },
        {
          ...{ profile: "leaf", subject: { commonName: "a.example.com" } },
          dnsNames: ["a.example.com", "*.b.example.com", "localhost"],
          ...{ ipAddresses: ["192.0.2.1", "2001:db8::1"], emailAddresses: ["pki@example.com"] },
          uris: ["spiffe://example/ca", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
        },
        { profile: "leaf", dnsNames: ["a.example.com"], publicKey: keyPair(algorithm, "subject").publicKey },
      ];
      const pems = [
        rootPem,
        ...(await Promise.all(wishes.map((wish) => issue({ ...wish, signer, issuerPem: rootPem })))),
      ];
      for (const pem of pems) {
        const options = { issuerDer: new X509Certificate(rootPem).raw };
        assert.deepEqual(lintCertificate(new X509Certificate(pem).raw, options), []);
      }
    });
  }
});
