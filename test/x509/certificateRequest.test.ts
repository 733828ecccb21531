import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { readCertificateRequest } from "../../provider/x509/certificateRequest";
import { derOf, openssl } from "../fixtures/openssl";
import { SCHEME_NAMES, SIGNATURE_SCHEMES } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { issue, issueRoot } from "./issuing";
import { keyPair } from "./keySigner";
import { opensslRequest } from "./opensslRequest";
import { extensionNames } from "./reading";

function wrapped(der: Buffer): string {
  const lines = der.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** The same request with one flipped bit, at a byte offset from the start or, if negative, from the end. */
function tampered(pem: string, at: number): string {
  const der = derOf(pem);
  const index = at < 0 ? der.length + at : at;
  der.writeUInt8(der.readUInt8(index) ^ 1, index);
  return wrapped(der);
}

void describe("A certificate request", { skip: missing("openssl") }, () => {
  const directory = temporaryDirectory();
  const request = (privateKey: KeyObject, ...options: readonly string[]): string =>
    opensslRequest(directory, privateKey, ["-subj", "/CN=asked for", ...options]);

  for (const algorithm of SCHEME_NAMES) {
    void it(`of openssl, signed with ${algorithm}, yields its public key`, async () => {
      const { publicKey, privateKey } = keyPair(algorithm);
      const { hash, saltLength } = SIGNATURE_SCHEMES[algorithm];
      const padding =
        saltLength === undefined
          ? []
          : ["-sigopt", "rsa_padding_mode:pss", "-sigopt", `rsa_pss_saltlen:${String(saltLength)}`];
      const pem = request(privateKey, ...(hash === null ? [] : [`-${hash}`]), ...padding);
      assert.ok((await readCertificateRequest(pem)).equals(publicKey));
    });
  }

  void it("contributes only its key to the certificate", async () => {
    const { publicKey, privateKey } = keyPair("ECDSA_P256", "subject");
    const csrPem = request(
      privateKey,
      "-addext",
      "basicConstraints=critical,CA:TRUE",
      "-addext",
      "subjectAltName=DNS:evil",
    );
    const issuerPem = await issueRoot();
    const key = await readCertificateRequest(csrPem);
    const pem = await issue({ profile: "leaf", subject: { commonName: "declared" }, publicKey: key, issuerPem });
    assert.ok(key.equals(publicKey));
    assert.equal(openssl(["x509", "-noout", "-subject", "-nameopt", "RFC2253"], pem), "subject=CN=declared\n");
    assert.deepEqual(extensionNames(pem).sort(), [
      "X509v3 Authority Key Identifier",
      "X509v3 Extended Key Usage",
      "X509v3 Key Usage",
      "X509v3 Subject Key Identifier",
    ]);
  });

  const { privateKey } = keyPair("ECDSA_P256");
  const invalid: readonly { readonly what: string; readonly pem: () => string | Promise<string> }[] = [
    { what: "with another signature", pem: () => tampered(request(privateKey), -1) },
    { what: "with another RSA signature", pem: () => tampered(request(keyPair("RSA_2048_PKCS1").privateKey), -1) },
    { what: "with another Ed25519 signature", pem: () => tampered(request(keyPair("ED25519").privateKey), -1) },
    {
      what: "with another subject",
      pem: () => {
        const pem = request(privateKey);
        return tampered(pem, derOf(pem).indexOf("asked for"));
      },
    },
    {
      what: "with another public key",
      pem: () => {
        const [der, own, other] = [derOf(request(privateKey)), point("key"), point("other")];
        der.set(other, der.indexOf(own));
        return wrapped(der);
      },
    },
    { what: "that is truncated", pem: () => wrapped(derOf(request(privateKey)).subarray(0, -10)) },
    { what: "with empty content", pem: () => wrapped(Buffer.alloc(0)) },
    { what: "that is an empty string", pem: () => "" },
    { what: "that is not PEM", pem: () => "not a request" },
    { what: "that is PEM with invalid content", pem: () => wrapped(Buffer.from("nonsense")) },
    { what: "that is a certificate", pem: () => issueRoot() },
    {
      what: "that is a public key",
      pem: () => keyPair("ECDSA_P256").publicKey.export({ type: "spki", format: "pem" }).toString(),
    },
    { what: "that is a private key", pem: () => privateKey.export({ type: "pkcs8", format: "pem" }).toString() },
  ];
  for (const { what, pem } of invalid) {
    void it(`${what} is refused`, async () => {
      const text = await pem();
      await assert.rejects(async () => readCertificateRequest(text), withCode("CSR_INVALID"));
    });
  }
});

/** The bytes of a P-256 public key, at the end of its SPKI. */
function point(name: string): Buffer {
  return keyPair("ECDSA_P256", name).publicKey.export({ type: "spki", format: "der" }).subarray(-64);
}
