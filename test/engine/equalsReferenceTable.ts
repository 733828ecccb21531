import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { it } from "node:test";
import { runTool } from "../tools";
import type { PulumiProject } from "./project";

/** The certificates of smallstep's init tools, except for the subject key identifier, which uses method 1 of RFC 5280. */
const REFERENCE = {
  root: {
    subject: "CN=Smallstep Root",
    issuer: "CN=Smallstep Root",
    basicConstraints: "CA:TRUE, pathlen:1",
  },
  intermediate: {
    subject: "CN=Smallstep Intermediate",
    issuer: "CN=Smallstep Root",
    basicConstraints: "CA:TRUE, pathlen:0",
  },
};
const TEN_YEARS = 10 * 365 * 24 * 3600 * 1000;

/** Tests that root and intermediate equal those of the tools that this project replaces, field by field. */
export function equalsReferenceTable(project: () => PulumiProject): void {
  for (const name of ["root", "intermediate"] as const) {
    void it(`has the ${name} certificate of the reference table, field by field`, async () => {
      const pem = await project().output(`${name}Certificate`);
      const certificate = new X509Certificate(pem);
      const root = new X509Certificate(await project().output("rootCertificate"));
      const { subject, issuer, basicConstraints } = REFERENCE[name];
      assert.equal(certificate.subject, subject);
      assert.equal(certificate.issuer, issuer);
      assert.equal(certificate.verify(root.publicKey), true);
      // The intermediate ends with its root, which may have been issued slightly earlier.
      const missing = TEN_YEARS - (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom));
      assert.ok(name === "root" ? missing === 0 : missing >= 0 && missing < 60_000, String(missing));
      assert.ok(Date.parse(certificate.validTo) <= Date.parse(root.validTo));
      assert.match(certificate.serialNumber, /^[0-7]?[0-9A-F]{16,39}$/);
      const text = runTool("openssl", ["x509", "-noout", "-text"], pem);
      assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
      assert.match(text, /ASN1 OID: prime256v1/);
      const extensions = text.split("X509v3 extensions:")[1] ?? "";
      assert.deepEqual(
        extensions
          .match(/X509v3 [^:]+:.*/g)
          ?.map((line) => line.trim())
          .sort(),
        [
          "X509v3 Authority Key Identifier:",
          "X509v3 Basic Constraints: critical",
          "X509v3 Key Usage: critical",
          "X509v3 Subject Key Identifier:",
        ],
      );
      const values = (title: string): string =>
        new RegExp(`X509v3 ${title}:.*\\n\\s*(.*)`).exec(extensions)?.[1]?.trim() ?? "";
      assert.equal(values("Basic Constraints"), basicConstraints);
      assert.equal(values("Key Usage"), "Certificate Sign, CRL Sign");
      const rootText = runTool("openssl", ["x509", "-noout", "-ext", "subjectKeyIdentifier"], root.toString());
      assert.equal(values("Authority Key Identifier"), /\n\s*([0-9A-F:]+)/.exec(rootText)?.[1]);
    });
  }
}
