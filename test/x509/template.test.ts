import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { DistinguishedName } from "../../provider/x509/distinguishedName";
import type { KeyUsage, ProfileName } from "../../provider/x509/profiles";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { issue, issueRoot } from "./issuing";
import { keyPair } from "./keySigner";
import { extensionNames, extensionOctets, extensionText } from "./reading";

const SAN = "X509v3 Subject Alternative Name";

/** One name each, encoded as in RFC 5280, section 4.2.1.6: tag, length, name. */
const NAMES = [
  { name: "a DNS name", wish: { dnsNames: ["ca.example.com"] }, text: "DNS:ca.example.com" },
  { name: "a wildcard", wish: { dnsNames: ["*.example.com"] }, text: "DNS:*.example.com" },
  { name: "an e-mail address", wish: { emailAddresses: ["pki@example.com"] }, text: "email:pki@example.com" },
  { name: "a URI", wish: { uris: ["spiffe://example.org/ca"] }, text: "URI:spiffe://example.org/ca" },
  {
    name: "a URI with a port, a query and a fragment",
    wish: { uris: ["https://example.org:8443/a,b?c=%20d#e"] },
    text: "URI:https://example.org:8443/a,b?c=%20d#e",
  },
  {
    name: "an IPv4 address",
    wish: { ipAddresses: ["192.0.2.1"] },
    text: "IP Address:192.0.2.1",
    der: "30068704c0000201",
  },
  {
    name: "an IPv6 address",
    wish: { ipAddresses: ["2001:db8:1:2:3:4:5:6"] },
    text: "IP Address:2001:DB8:1:2:3:4:5:6",
    der: "3012871020010db8000100020003000400050006",
  },
  {
    name: "an IPv6 address with a gap in the middle",
    wish: { ipAddresses: ["2001:db8::1"] },
    text: "IP Address:2001:DB8:0:0:0:0:0:1",
    der: "3012871020010db8000000000000000000000001",
  },
  {
    name: "an IPv6 address with a gap at the start, in capitals",
    wish: { ipAddresses: ["::ABCD"] },
    text: "IP Address:0:0:0:0:0:0:0:ABCD",
    der: "301287100000000000000000000000000000abcd",
  },
  {
    name: "an IPv6 address with a gap at the end",
    wish: { ipAddresses: ["fe80::"] },
    text: "IP Address:FE80:0:0:0:0:0:0:0",
    der: "30128710fe800000000000000000000000000000",
  },
  {
    name: "an IPv6 address of zeros",
    wish: { ipAddresses: ["::"] },
    text: "IP Address:0:0:0:0:0:0:0:0",
    der: "3012871000000000000000000000000000000000",
  },
] as const;

void describe("Subject alternative names", { skip: missing("openssl") }, () => {
  let issuerPem: string;
  before(async () => {
    issuerPem = await issueRoot();
  });

  for (const { name, wish, text, ...rest } of NAMES) {
    void it(`hold ${name}`, async () => {
      const pem = await issue({ profile: "leaf", subject: { commonName: "a leaf" }, issuerPem, ...wish });
      assert.equal(extensionText(pem, `${SAN}:`), text);
      if ("der" in rest) {
        assert.equal(extensionOctets(pem, SAN), rest.der);
      }
    });
  }

  void it("hold several of each kind, in the order given", async () => {
    const pem = await issue({
      profile: "leaf",
      subject: { commonName: "a leaf" },
      uris: ["urn:b:2", "urn:a:1"],
      emailAddresses: ["b@example.com", "a@example.com"],
      ipAddresses: ["2001:db8::2", "192.0.2.1"],
      dnsNames: ["b.example.com", "a.example.com"],
      issuerPem,
    });
    assert.equal(
      extensionText(pem, `${SAN}:`),
      "DNS:b.example.com, DNS:a.example.com, IP Address:2001:DB8:0:0:0:0:0:2, IP Address:192.0.2.1, " +
        "email:b@example.com, email:a@example.com, URI:urn:b:2, URI:urn:a:1",
    );
  });

  void it("may be in a CA certificate as well", async () => {
    const pem = await issueRoot({ dnsNames: ["ca.example.com"] });
    assert.equal(extensionText(pem, `${SAN}:`), "DNS:ca.example.com");
  });

  void it("are no extension when there are none", async () => {
    assert.ok(!extensionNames(await issueRoot({ dnsNames: [], uris: [] })).includes(SAN));
  });

  const emptySubjects = [
    { subject: undefined, what: "no subject" },
    { subject: {}, what: "a subject without attributes" },
    { subject: { commonName: undefined }, what: "a subject whose attributes are undefined" },
    { subject: { organizationalUnit: [] }, what: "a subject whose attributes are empty lists" },
  ];
  for (const { subject, what } of emptySubjects) {
    void it(`are critical beside ${what}`, async () => {
      const content = { profile: "leaf" as const, dnsNames: ["a.example.com"], issuerPem };
      const pem = await issue(subject === undefined ? content : { ...content, subject: subject as DistinguishedName });
      assert.equal(openssl(["x509", "-noout", "-subject"], pem), "subject=\n");
      assert.equal(extensionText(pem, `${SAN}: critical`), "DNS:a.example.com");
    });
  }
});

/** openssl's names. It prints an unknown purpose as an object identifier. */
const PURPOSES = [
  { usage: "serverAuth", oid: "1.3.6.1.5.5.7.3.1", text: "TLS Web Server Authentication" },
  { usage: "clientAuth", oid: "1.3.6.1.5.5.7.3.2", text: "TLS Web Client Authentication" },
  { usage: "codeSigning", oid: "1.3.6.1.5.5.7.3.3", text: "Code Signing" },
  { usage: "emailProtection", oid: "1.3.6.1.5.5.7.3.4", text: "E-mail Protection" },
  { usage: "timeStamping", oid: "1.3.6.1.5.5.7.3.8", text: "Time Stamping" },
  { usage: "OCSPSigning", oid: "1.3.6.1.5.5.7.3.9", text: "OCSP Signing" },
  { usage: "1.3.6.1.4.1.311.20.2.2", oid: "1.3.6.1.4.1.311.20.2.2", text: "Microsoft Smartcard Login" },
  { usage: "1.3.6.1.4.1.99999.1.128", oid: "1.3.6.1.4.1.99999.1.128", text: "1.3.6.1.4.1.99999.1.128" },
  { usage: "2.999.3", oid: "2.999.3", text: "2.999.3" },
] as const;

void describe("Extended key usages", { skip: missing("openssl") }, () => {
  const heading = "X509v3 Extended Key Usage:";

  for (const { usage, oid, text } of PURPOSES) {
    void it(`hold ${usage}, by name or by object identifier`, async () => {
      assert.equal(extensionText(await issueRoot({ extendedKeyUsages: [usage] }), heading), text);
      assert.equal(extensionText(await issueRoot({ extendedKeyUsages: [oid] }), heading), text);
    });
  }

  void it("hold several, in the order given", async () => {
    const pem = await issueRoot({ extendedKeyUsages: ["timeStamping", "2.999.3", "serverAuth"] });
    assert.equal(extensionText(pem, heading), "Time Stamping, 2.999.3, TLS Web Server Authentication");
  });

  void it("are no extension when the list is empty", async () => {
    const issuerPem = await issueRoot();
    const pem = await issue({ profile: "leaf", subject: { commonName: "a" }, extendedKeyUsages: [], issuerPem });
    assert.ok(!extensionNames(pem).includes("X509v3 Extended Key Usage"));
  });
});

/** The bits of RFC 5280, section 4.2.1.3. `der` is the bit string, whose second byte is the number of unused bits. */
const USAGES = [
  { usage: "digitalSignature", text: "Digital Signature", der: "03020780" },
  { usage: "contentCommitment", text: "Non Repudiation", der: "03020640" },
  { usage: "keyEncipherment", text: "Key Encipherment", der: "03020520" },
  { usage: "dataEncipherment", text: "Data Encipherment", der: "03020410" },
  { usage: "keyAgreement", text: "Key Agreement", der: "03020308" },
  { usage: "keyCertSign", text: "Certificate Sign", der: "03020204" },
  { usage: "cRLSign", text: "CRL Sign", der: "03020102" },
  { usage: "encipherOnly", text: "Encipher Only", der: "03020001" },
  { usage: "decipherOnly", text: "Decipher Only", der: "0303070080" },
] as const;

void describe("Key usages", { skip: missing("openssl") }, () => {
  for (const { usage, text, der } of USAGES) {
    void it(`hold ${usage}, in DER`, async () => {
      const pem = await (usage === "keyCertSign" ? issueRoot({ keyUsages: [usage] }) : issueFor([usage]));
      assert.equal(extensionText(pem, "X509v3 Key Usage: critical"), text);
      assert.equal(extensionOctets(pem, "X509v3 Key Usage"), der);
    });
  }

  void it("hold several, in any order and with repetitions", async () => {
    const usages = ["decipherOnly", "keyAgreement", "cRLSign", "contentCommitment", "digitalSignature"] as const;
    const pem = await issueFor([...usages, ...usages]);
    assert.equal(extensionOctets(pem, "X509v3 Key Usage"), "030307ca80");
    assert.equal(
      extensionText(pem, "X509v3 Key Usage: critical"),
      "Digital Signature, Non Repudiation, Key Agreement, CRL Sign, Decipher Only",
    );
  });
});

/** A leaf for any purpose, with a key that can be used so: encipherment is for RSA. */
async function issueFor(keyUsages: readonly KeyUsage[]): Promise<string> {
  const algorithm = keyUsages.some((usage) => usage.endsWith("Encipherment")) ? "RSA_2048_PKCS1" : "ECDSA_P256";
  return issue({
    ...{ profile: "leaf", subject: { commonName: "a" }, keyUsages, extendedKeyUsages: [] },
    publicKey: keyPair(algorithm, "subject").publicKey,
    issuerPem: await issueRoot(),
  });
}

const PATH_LENGTHS: readonly {
  readonly profile: ProfileName;
  readonly pathLength?: number | "unlimited";
  readonly text: string;
  readonly der: string;
}[] = [
  { profile: "root", text: "CA:TRUE, pathlen:1", der: "30060101ff020101" },
  { profile: "root", pathLength: 0, text: "CA:TRUE, pathlen:0", der: "30060101ff020100" },
  { profile: "root", pathLength: 2, text: "CA:TRUE, pathlen:2", der: "30060101ff020102" },
  { profile: "root", pathLength: 127, text: "CA:TRUE, pathlen:127", der: "30060101ff02017f" },
  { profile: "root", pathLength: 128, text: "CA:TRUE, pathlen:128", der: "30070101ff02020080" },
  { profile: "root", pathLength: 255, text: "CA:TRUE, pathlen:255", der: "30070101ff020200ff" },
  { profile: "root", pathLength: "unlimited", text: "CA:TRUE", der: "30030101ff" },
  { profile: "intermediate", text: "CA:TRUE, pathlen:0", der: "30060101ff020100" },
  { profile: "intermediate", pathLength: "unlimited", text: "CA:TRUE", der: "30030101ff" },
];

void describe("A path length", { skip: missing("openssl") }, () => {
  for (const { profile, pathLength, text, der } of PATH_LENGTHS) {
    void it(`of ${String(pathLength ?? "its profile")} is in the basic constraints of a ${profile}`, async () => {
      const subject = { commonName: "CA" };
      const pem = await issue(pathLength === undefined ? { profile, subject } : { profile, subject, pathLength });
      assert.equal(extensionText(pem, "X509v3 Basic Constraints: critical"), text);
      assert.equal(extensionOctets(pem, "X509v3 Basic Constraints"), der);
    });
  }
});
