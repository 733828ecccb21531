import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { asn1, certificateText, derOf, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { issue } from "./issuing";
import { keyPair } from "./keySigner";
import { computedKeyIdentifier, extensionNames, extensionOctets, extensionText, identifiers } from "./reading";

/** The extensions that smallstep's init tools make, byte for byte in DER. */
const TABLE = [
  {
    profile: "root",
    commonName: "Smallstep Root",
    issuedBy: "root",
    basicConstraintsText: "CA:TRUE, pathlen:1",
    basicConstraintsDer: "30060101ff020101",
  },
  {
    profile: "intermediate",
    commonName: "Smallstep Intermediate",
    issuedBy: "root",
    basicConstraintsText: "CA:TRUE, pathlen:0",
    basicConstraintsDer: "30060101ff020100",
  },
] as const;

void describe("A CA of smallstep's init tools", { skip: missing("openssl") }, () => {
  const pems: Record<string, string> = {};
  const pemOf = (profile: string): string => {
    const pem = pems[profile];
    assert.ok(pem !== undefined);
    return pem;
  };
  before(async () => {
    const root = await issue({ profile: "root", subject: { commonName: "Smallstep Root" } });
    const subject = { commonName: "Smallstep Intermediate" };
    Object.assign(pems, { root, intermediate: await issue({ profile: "intermediate", subject, issuerPem: root }) });
  });

  for (const { profile, commonName, issuedBy, basicConstraintsText, basicConstraintsDer } of TABLE) {
    void describe(`as ${profile}`, () => {
      void it("is of version 3, with a P-256 key and ecdsa-with-SHA256", () => {
        const text = certificateText(pemOf(profile));
        assert.match(text, /^ {8}Version: 3 \(0x2\)$/m);
        assert.match(text, /^ {16}ASN1 OID: prime256v1$/m);
        assert.deepEqual(text.match(/Signature Algorithm: .*/g), [
          "Signature Algorithm: ecdsa-with-SHA256",
          "Signature Algorithm: ecdsa-with-SHA256",
        ]);
      });

      void it("has only a common name in subject and issuer", () => {
        const name = (option: string): string =>
          openssl(["x509", "-noout", option, "-nameopt", "RFC2253"], pemOf(profile)).trim();
        assert.equal(name("-subject"), `subject=CN=${commonName}`);
        assert.equal(name("-issuer"), "issuer=CN=Smallstep Root");
      });

      void it("has critical basic constraints", () => {
        assert.deepEqual(extensionText(pemOf(profile), "X509v3 Basic Constraints: critical"), basicConstraintsText);
        assert.equal(extensionOctets(pemOf(profile), "X509v3 Basic Constraints"), basicConstraintsDer);
      });

      void it("may only sign certificates and CRLs, as a critical extension", () => {
        assert.equal(extensionText(pemOf(profile), "X509v3 Key Usage: critical"), "Certificate Sign, CRL Sign");
        assert.equal(extensionOctets(pemOf(profile), "X509v3 Key Usage"), "03020106");
      });

      void it("has exactly these four extensions", () => {
        assert.deepEqual(extensionNames(pemOf(profile)).sort(), [
          "X509v3 Authority Key Identifier",
          "X509v3 Basic Constraints",
          "X509v3 Key Usage",
          "X509v3 Subject Key Identifier",
        ]);
      });

      void it("identifies its key by method 1 of RFC 5280, and its issuer's by the issuer's identifier", () => {
        const { subject, authority } = identifiers(pemOf(profile));
        assert.equal(subject, computedKeyIdentifier(pemOf(profile)));
        assert.equal(authority, identifiers(pemOf(issuedBy)).subject);
        assert.equal(extensionOctets(pemOf(profile), "X509v3 Subject Key Identifier"), `0414${subject}`);
        assert.equal(extensionOctets(pemOf(profile), "X509v3 Authority Key Identifier"), `30168014${authority}`);
      });

      void it("is valid for 87,600 hours, from now on", () => {
        const dates = openssl(["x509", "-noout", "-dates", "-dateopt", "iso_8601"], pemOf(profile));
        assert.equal(dates, "notBefore=2026-03-04 05:06:07Z\nnotAfter=2036-03-01 05:06:07Z\n");
        assert.equal(Date.parse("2036-03-01T05:06:07Z") - Date.parse("2026-03-04T05:06:07Z"), 87_600 * 3_600_000);
      });
    });
  }

  void it("states its signature algorithm without parameters (RFC 5758, section 3.2)", () => {
    const structure = asn1(derOf(pemOf("root"))).split("\n");
    const algorithms = structure.flatMap((line, index) => (line.includes("ecdsa-with-SHA256") ? [index] : []));
    assert.equal(algorithms.length, 2);
    for (const index of algorithms) {
      assert.match(structure[index - 1] ?? "", / l= +10 cons: SEQUENCE/); // 2 bytes of header and 8 bytes of the object identifier
    }
  });
});

void describe("A leaf", { skip: missing("openssl") }, () => {
  let pem: string;
  before(async () => {
    const issuerPem = await issue({ profile: "root", subject: { commonName: "Test Root" } });
    pem = await issue({ profile: "leaf", subject: { commonName: "a leaf" }, dnsNames: ["a.example.com"], issuerPem });
  });

  void it("is for digital signatures, as a server and a client", () => {
    assert.equal(extensionText(pem, "X509v3 Key Usage: critical"), "Digital Signature");
    assert.equal(extensionOctets(pem, "X509v3 Key Usage"), "03020780");
    assert.equal(
      extensionText(pem, "X509v3 Extended Key Usage:"),
      "TLS Web Server Authentication, TLS Web Client Authentication",
    );
  });

  void it("is not a CA: it has no basic constraints", () => {
    assert.deepEqual(extensionNames(pem).sort(), [
      "X509v3 Authority Key Identifier",
      "X509v3 Extended Key Usage",
      "X509v3 Key Usage",
      "X509v3 Subject Alternative Name",
      "X509v3 Subject Key Identifier",
    ]);
  });

  void it("is valid for a day", () => {
    const dates = openssl(["x509", "-noout", "-dates", "-dateopt", "iso_8601"], pem);
    assert.equal(dates, "notBefore=2026-03-04 05:06:07Z\nnotAfter=2026-03-05 05:06:07Z\n");
  });

  void it("has the key that it was issued for", () => {
    const publicPem = keyPair("ECDSA_P256", "subject").publicKey.export({ type: "spki", format: "pem" });
    assert.equal(openssl(["x509", "-noout", "-pubkey"], pem), publicPem);
  });
});
