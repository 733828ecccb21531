import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ALGORITHM_NAMES } from "../../provider/kms/algorithms";
import { REVOCATION_REASONS } from "../../provider/x509/revocationReasons";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { SIGNATURE_SCHEMES } from "../fixtures/signatureSchemes";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { issueRoot } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";
import { entries, issueList } from "./listing";

const crlText = (pem: string): string => openssl(["crl", "-noout", "-text"], pem);

void describe("A certificate revocation list", { skip: missing("openssl") }, () => {
  for (const algorithm of ALGORITHM_NAMES) {
    void it(`is verified by openssl with ${algorithm}, after one signature`, async () => {
      const signer = new KeySigner(keyPair(algorithm), algorithm);
      const issuerPem = await issueRoot({ signer });
      signer.calls = 0;
      const pem = await issueList({ signer, issuerPem, entries: entries(1) });
      assert.equal(signer.calls, 1);
      const root = join(temporaryDirectory(), "root.pem");
      writeFileSync(root, issuerPem);
      openssl(["crl", "-noout", "-verify", "-CAfile", root], pem);
      assert.match(crlText(pem), new RegExp(`Signature Algorithm: ${SIGNATURE_SCHEMES[algorithm].opensslName}`, "i"));
    });
  }

  void it("names its issuer, number, dates and key, and has no field for entries while it is empty", async () => {
    const pem = await issueList({ number: 1_772_668_800 });
    const text = crlText(pem);
    assert.match(text, /Version 2 \(0x1\)/);
    assert.match(text, /Issuer: CN *= *Test Root/);
    assert.match(text, /Last Update: Mar {2}5 00:00:00 2026 GMT/);
    assert.match(text, /Next Update: Apr {2}4 00:00:00 2026 GMT/);
    assert.match(text, /X509v3 Authority Key Identifier:\s+[0-9A-F:]{59}/);
    assert.match(text, /X509v3 CRL Number:\s+1772668800/);
    assert.match(text, /No Revoked Certificates/);
    assert.doesNotMatch(text, /Issuing Distribution Point/);
    assert.equal(openssl(["asn1parse"], pem).match(/d=2 /g)?.length, 7, "of the seven fields of an empty list");
  });

  void it("has a number of more than 32 bits", async () => {
    assert.match(crlText(await issueList({ number: 4_102_444_800 })), /CRL Number:\s+4102444800/);
  });

  void it("contains its distribution point and its scope in a critical extension", async () => {
    const url = "http://crl.example.com/root.crl";
    const text = crlText(await issueList({ url, onlyContainsCACerts: true }));
    assert.match(text, /Issuing Distribution Point: critical/);
    assert.match(text, /Full Name:\s+URI:http:\/\/crl\.example\.com\/root\.crl/);
    assert.match(text, /Only CA Certificates/);
    const bare = crlText(await issueList({ url }));
    assert.match(bare, /URI:http:\/\/crl\.example\.com\/root\.crl/);
    assert.doesNotMatch(bare, /Only CA/);
    assert.doesNotMatch(crlText(await issueList({ onlyContainsCACerts: true })), /URI:/);
  });

  void it("contains every reason except unspecified, and the time since when a key may be compromised", async () => {
    const invalidityDate = new Date("2026-02-01T12:00:00Z");
    const revoked = REVOCATION_REASONS.map((reason, at) => ({
      ...{ serialNumber: `7${String(at)}`, reason, revokedAt: new Date("2026-03-01T00:00:00Z") },
      ...(reason === "keyCompromise" ? { invalidityDate } : {}),
    }));
    const pem = await issueList({ entries: revoked });
    const told = crlText(pem)
      .split("Serial Number: ")
      .slice(1)
      .map((entry) => /Reason Code:\s+(.+)/.exec(entry)?.[1]);
    assert.deepEqual(told, [
      ...[undefined, "Key Compromise", "CA Compromise", "Affiliation Changed", "Superseded"],
      ...["Cessation Of Operation", "Certificate Hold", "Privilege Withdrawn", "AA Compromise"],
    ]);
    assert.match(crlText(pem), /Invalidity Date:\s+Feb {1,2}1 12:00:00 2026 GMT/);
    assert.match(openssl(["asn1parse"], pem), /GENERALIZEDTIME|180F32303236303230313132303030305A/);
  });

  for (const serialNumber of ["1", "7f", "80", "abc", "ff00000000000000000000000000000000000000"]) {
    void it(`reads the serial number ${serialNumber} back as openssl does`, async () => {
      const revoked = [{ serialNumber, reason: "unspecified", revokedAt: new Date("2050-01-01T00:00:00Z") } as const];
      const text = crlText(await issueList({ entries: revoked }));
      const [, found = ""] = /Serial Number: ([0-9A-F]+)/.exec(text) ?? [];
      assert.equal(BigInt(`0x${found}`), BigInt(`0x${serialNumber}`));
      assert.match(text, /Revocation Date: Jan {2}1 00:00:00 2050 GMT/);
      assert.doesNotMatch(text, /CRL entry extensions/);
    });
  }

  void it("is not signed for a CA that may not sign lists, has expired, or has another key", async () => {
    const signer = new KeySigner();
    const withoutCrlSign = await issueRoot({ signer, keyUsages: ["keyCertSign"] });
    const ended = await issueRoot({ signer, times: { notAfter: new Date("2026-03-04T12:00:00Z") } });
    const leaf = await issueRoot({ signer, profile: "leaf" });
    const other = await issueRoot({ signer: new KeySigner(keyPair("ECDSA_P256", "other")) });
    signer.calls = 0;
    await assert.rejects(issueList({ signer, issuerPem: withoutCrlSign }), withCode("ISSUER_LACKS_CRL_SIGN"));
    await assert.rejects(issueList({ signer, issuerPem: ended }), withCode("VALIDITY_EXCEEDS_ISSUER"));
    await assert.rejects(issueList({ signer, issuerPem: leaf }), withCode("ISSUER_NOT_CA"));
    await assert.rejects(issueList({ signer, issuerPem: other }), withCode("ISSUER_KEY_MISMATCH"));
    assert.equal(signer.calls, 0);
  });

  void it("is not returned with a signature that does not verify", async () => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const issuerPem = await issueRoot({ signer: new KeySigner(pair) });
    for (const distort of [
      (signature: Buffer): Buffer => signature.fill(7, 10, 12),
      (signature: Buffer): Buffer => signature.subarray(1),
      (): Buffer => Buffer.alloc(0),
    ]) {
      const signer = new KeySigner(pair, "ECDSA_P256", distort);
      await assert.rejects(issueList({ signer, issuerPem }), withCode("SIGNATURE_INVALID"));
    }
  });
});
