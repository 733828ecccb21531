import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as pki from "../../provider";
import { AwsKmsKeys } from "../../provider/kms/awskms/program";
import { CloudKmsKeys } from "../../provider/kms/cloudkms/program";
import { Pkcs11Certificate, Pkcs11Key, Pkcs11Keys } from "../../provider/kms/pkcs11/program";
import type { KeySource } from "../../provider/keySources/keySource";
import { YubiKey, PivCertificate, PivKey, PivKeys } from "../../provider/kms/yubikey/program";
import { setEnvironment } from "../fixtures/environment";
import { withCode } from "../fixtures/withCode";

before(() => {
  setEnvironment({
    KMS_PKI_PASSPHRASE: "correct-horse-battery-staple",
    KMS_PKI_PIN: "74839201",
    KMS_PKI_TOKEN_PIN: "74839201",
  });
});

const key: pki.SigningKeyInput = { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256", publicKeyPem: "" };
/** Known only later, because these tests do not check its problems. */
const certificatePem = new Promise<string>(() => undefined);
const keys = (): KeySource => new pki.SoftKeys();

/** A program without types may misspell any argument. */
const CASES: Readonly<Record<string, { make: (slip: object) => unknown; path: string; instead: RegExp }>> = {
  SoftKey: { make: (slip) => new pki.SoftKey("a", slip), path: "slip", instead: /directory/ },
  ExistingKey: {
    make: (slip) => new pki.ExistingKey("a", { uri: "x", ...slip }),
    path: "slip",
    instead: /certificatePem/,
  },
  JwkProvisioner: { make: (slip) => new pki.JwkProvisioner("a", slip), path: "slip", instead: /provisioner/ },
  YubiKey: { make: (slip) => new YubiKey("a", slip), path: "slip", instead: /serial, slots/ },
  PivKey: { make: (slip) => new PivKey("a", { slot: "9a", ...slip }), path: "slip", instead: /touchPolicy/ },
  PivCertificate: {
    make: (slip) => new PivCertificate("a", { key, certificatePem, ...slip }),
    path: "slip",
    instead: /replaceOther/,
  },
  Pkcs11Key: {
    make: (slip) => new Pkcs11Key("a", { kms: "pkcs11:token=ca", ...slip }),
    path: "slip",
    instead: /deleteKey/,
  },
  Pkcs11Certificate: {
    make: (slip) => new Pkcs11Certificate("a", { key, certificatePem, ...slip }),
    path: "slip",
    instead: /replaceOther/,
  },
  Certificate: {
    make: (slip) => new pki.Certificate("a", { key, subject: { commonName: "A" }, ...slip }),
    path: "slip",
    instead: /renewBefore/,
  },
  "the issuer of a Certificate": {
    make: (slip) =>
      new pki.Certificate("a", { key, subject: { commonName: "A" }, issuer: { key, certificatePem, ...slip } }),
    path: "issuer.slip",
    instead: /chainPem/,
  },
  CertificateRequest: {
    make: (slip) => new pki.CertificateRequest("a", { key, subject: { commonName: "A" }, ...slip }),
    path: "slip",
    instead: /challengePassword.*allowedExtensions/,
  },
  CertificateRevocationList: {
    make: (slip) => new pki.CertificateRevocationList("a", { issuer: { key, certificatePem }, ...slip }),
    path: "slip",
    instead: /onlyContainsCACerts/,
  },
  "the issuer of a CertificateRevocationList": {
    make: (slip) => new pki.CertificateRevocationList("a", { issuer: { key, certificatePem, ...slip } }),
    path: "issuer.slip",
    instead: /chainPem/,
  },
  "a certificate on a CertificateRevocationList": {
    make: (slip) =>
      new pki.CertificateRevocationList("a", {
        issuer: { key, certificatePem },
        revoked: [{ serialNumber: "5a01", ...slip }],
      }),
    path: "revoked\\[0\\]\\.slip",
    instead: /invalidityDate/,
  },
  CertificateAuthority: {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), ...slip }),
    path: "slip",
    instead: /deletionProtection/,
  },
  "the root of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), root: slip }),
    path: "root.slip",
    instead: /pathLength/,
  },
  "an existing root of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), root: { key, certificatePem, ...slip } }),
    path: "root.slip",
    instead: /chainPem/,
  },
  "the intermediate of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), intermediate: slip }),
    path: "intermediate.slip",
    instead: /pathLength/,
  },
  "the revocation lists of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), crl: { url: "http://a.example", ...slip } }),
    path: "crl\\.slip",
    instead: /stepCaUrl/,
  },
  "the roots' revocation lists of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), crl: { url: "http://a.example", root: slip } }),
    path: "crl\\.root\\.slip",
    instead: /renewBefore/,
  },
  "a slot of a YubiKey": {
    make: (slip) => new YubiKey("a", { slots: [{ slot: "9a", use: "new", owner: "urn", ...slip }] }),
    path: "slots\\[0\\]\\.slip",
    instead: /formerOwners/,
  },
  "the schedule of a rotation": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: keys(), rotation: { root: slip } as never }),
    path: "rotation\\.root\\.slip",
    instead: /publishBefore/,
  },
  "the key sources of a CertificateAuthority": {
    make: (slip) => new pki.CertificateAuthority("a", { keys: { intermediate: keys(), ...slip } }),
    path: "keys.slip",
    instead: /ssh/,
  },
};

/** The authority that uses a source refuses the source's settings. */
const SOURCES: Readonly<Record<string, (slip: object) => KeySource>> = {
  SoftKeys: (slip) => new pki.SoftKeys(slip),
  AwsKmsKeys: (slip) => new AwsKmsKeys(slip),
  CloudKmsKeys: (slip) => new CloudKmsKeys({ project: "example-pki", ...slip }),
  PivKeys: (slip) => new PivKeys(slip),
  Pkcs11Keys: (slip) => new Pkcs11Keys({ token: "ca", ...slip }),
};

void describe("A misspelled argument", () => {
  for (const [what, { make, path, instead }] of Object.entries(CASES)) {
    void it(`of ${what} is refused with the valid names`, () => {
      assert.throws(
        () => make({ slip: true }),
        withCode(
          "INPUT_INVALID",
          new RegExp(`\\n  ${path}: INPUT_INVALID: there is no such argument.*${instead.source}`),
        ),
      );
    });
  }

  for (const [what, make] of Object.entries(SOURCES)) {
    void it(`of ${what} is refused with the valid names`, () => {
      const refused = withCode("INPUT_INVALID", /keys\.slip: INPUT_INVALID: there is no such argument/);
      assert.throws(() => new pki.CertificateAuthority("a", { keys: make({ slip: 1 }), ssh: false }), refused);
    });
  }

  void it("counts as left out when it is undefined", () => {
    assert.throws(
      () => new pki.SoftKey("a", { slip: undefined, algorithm: "DSA" } as object),
      (error: Error) => !error.message.includes("slip") && error.message.includes("ALGORITHM_UNSUPPORTED"),
    );
  });
});

void describe("A CertificateAuthority", () => {
  for (const args of [{}, { keys: undefined }, { keys: "softkms" }, { keys: {} }] as object[]) {
    void it(`is refused without keys: ${JSON.stringify(args)}`, () => {
      assert.throws(
        () => new pki.CertificateAuthority("a", args as pki.CertificateAuthorityArgs),
        withCode("INPUT_INVALID", /keys: INPUT_INVALID: no key source is given/),
      );
    });
  }
});
