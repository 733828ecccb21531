import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fingerprintSha256, publicKeyPem, readCertificate, readPublicKey } from "../../provider/x509/certificate";
import { subjectKeyIdentifier } from "../../provider/x509/subjectKeyIdentifier";
import { openssl } from "../fixtures/openssl";
import { SCHEME_NAMES } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";
import { issue, issueRoot } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";
import { computedKeyIdentifier } from "./reading";

const NO_PEM = [
  { what: "an empty text", pem: "" },
  { what: "nonsense", pem: "nonsense" },
  { what: "PEM with invalid content", pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
] as const;

void describe("The fingerprint of a certificate", () => {
  void it("is what openssl computes, in lower case without colons", { skip: missing("openssl") }, async () => {
    const pem = await issueRoot();
    const [, fingerprint = ""] = openssl(["x509", "-noout", "-fingerprint", "-sha256"], pem).trim().split("=");
    assert.match(fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.equal(fingerprintSha256(readCertificate(pem)), fingerprint.replaceAll(":", "").toLowerCase());
  });

  void it("is what step prints", { skip: missing("step") }, async () => {
    const pem = await issueRoot();
    const file = join(temporaryDirectory(), "root.crt");
    writeFileSync(file, pem);
    assert.equal(`${fingerprintSha256(readCertificate(pem))}\n`, runTool("step", ["certificate", "fingerprint", file]));
  });
});

void describe("A text that contains certificates", () => {
  void it("is read as its first certificate", async () => {
    const root = await issueRoot();
    const leaf = await issue({ profile: "leaf", subject: { commonName: "a leaf" }, issuerPem: root });
    assert.equal(readCertificate(`${leaf}${root}`).subject, "CN=a leaf");
  });

  for (const { what, pem } of NO_PEM) {
    void it(`is refused as ${what}`, () => {
      assert.throws(() => readCertificate(pem), withCode("INPUT_INVALID", /certificate/));
    });
  }
});

void describe("A public key", () => {
  for (const algorithm of SCHEME_NAMES) {
    void it(`of ${algorithm} is written as openssl writes it, and read back`, { skip: missing("openssl") }, () => {
      const { publicKey } = keyPair(algorithm);
      const pem = publicKeyPem(publicKey);
      assert.equal(openssl(["pkey", "-pubin"], pem), pem);
      assert.ok(readPublicKey(pem).equals(publicKey));
    });

    void it(`of ${algorithm} is identified by method 1 of RFC 5280`, { skip: missing("openssl") }, async () => {
      const signer = new KeySigner(keyPair(algorithm), algorithm);
      assert.equal(subjectKeyIdentifier(signer.publicKey), computedKeyIdentifier(await issueRoot({ signer })));
    });
  }

  void it("of many certificates is read once", () => {
    const pem = publicKeyPem(keyPair("ECDSA_P256").publicKey);
    assert.equal(readPublicKey(pem), readPublicKey(pem));
  });

  for (const { what, pem } of NO_PEM) {
    void it(`is refused as ${what}`, () => {
      assert.throws(() => readPublicKey(pem), withCode("INPUT_INVALID", /public key/));
    });
  }
});
