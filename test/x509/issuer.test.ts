import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { readCertificate } from "../../provider/x509/certificate";
import { isIssuedBy } from "../../provider/x509/certificationPath";
import { writePem } from "../../provider/x509/pem";
import { readIssuer } from "../../provider/x509/issuer";
import { asn1, certificateText, derOf, openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { issue, issueRoot, NOW, octets, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";
import { boolean, sequence, time } from "./lint/derWriting";
import { extension, IDS, keyUsage, type MadeCertificate, root, spki, write } from "./lint/madeCertificate";
import { opensslRequest } from "./opensslRequest";
import { computedKeyIdentifier, fieldOctets, identifiers } from "./reading";

const HOUR = 3_600;
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const LEAF: Wish = { profile: "leaf", subject: { commonName: "a leaf" } };
const CHILD_CA: Wish = { profile: "intermediate", subject: { commonName: "a CA" } };

/** A certificate for the signer's key that the lint would refuse. */
function written(...extensions: readonly Uint8Array[]): MadeCertificate {
  const keys = keyPair("ECDSA_P256");
  const made = { ...root(), publicKey: spki(keys), signer: keys.privateKey };
  return { ...made, notBefore: time("260101000000Z"), extensions };
}

/** Certificates that an issuer must not sign. By default, its key is the signer's. */
const REFUSALS: readonly {
  readonly what: string;
  /** An issuer that this package does not make is written by the test. */
  readonly issuer: Partial<Wish> | MadeCertificate;
  readonly child: Wish;
  readonly code: ErrorCode;
  readonly message: RegExp;
}[] = [
  {
    what: "an issuer that is a leaf",
    issuer: { profile: "leaf", validitySeconds: 48 * HOUR },
    child: LEAF,
    code: "ISSUER_NOT_CA",
    message: /not a CA certificate/,
  },
  {
    what: "an issuer that is a leaf with keyCertSign",
    issuer: written(extension(IDS.keyUsage, keyUsage(5), true)),
    child: LEAF,
    code: "ISSUER_NOT_CA",
    message: /not a CA certificate/,
  },
  {
    what: "an issuer without keyCertSign",
    issuer: written(
      extension(IDS.basicConstraints, sequence(boolean(true)), true),
      extension(IDS.keyUsage, keyUsage(0, 6), true),
    ),
    child: LEAF,
    code: "ISSUER_NOT_CA",
    message: /keyCertSign/,
  },
  {
    what: "a CA below path length 0",
    issuer: { pathLength: 0 },
    child: CHILD_CA,
    code: "PATH_LENGTH_VIOLATED",
    message: /path length 0/,
  },
  {
    what: "a root below path length 0",
    issuer: { profile: "intermediate" },
    child: { ...CHILD_CA, profile: "root" },
    code: "PATH_LENGTH_VIOLATED",
    message: /path length 0/,
  },
  {
    what: "an unlimited CA below path length 0",
    issuer: { pathLength: 0 },
    child: { ...CHILD_CA, pathLength: "unlimited" },
    code: "PATH_LENGTH_VIOLATED",
    message: /path length 0/,
  },
  {
    what: "a CA whose path length equals its issuer's",
    issuer: { pathLength: 1 },
    child: { ...CHILD_CA, pathLength: 1 },
    code: "PATH_LENGTH_VIOLATED",
    message: /path length 1 is longer/,
  },
  {
    what: "a CA whose path length exceeds its issuer's",
    issuer: { pathLength: 2 },
    child: { ...CHILD_CA, pathLength: 3 },
    code: "PATH_LENGTH_VIOLATED",
    message: /path length 3 is longer/,
  },
  {
    what: "an unlimited CA below a limited one",
    issuer: { pathLength: 5 },
    child: { ...CHILD_CA, pathLength: "unlimited" },
    code: "PATH_LENGTH_VIOLATED",
    message: /unlimited is longer/,
  },
  {
    what: "an explicit validity that ends a second after the issuer",
    issuer: { validitySeconds: HOUR },
    child: { ...LEAF, validitySeconds: HOUR + 1 },
    code: "VALIDITY_EXCEEDS_ISSUER",
    message: /2026-03-04T06:06:08\.000Z, after its issuer, which ends on 2026-03-04T06:06:07\.000Z/,
  },
  {
    what: "an explicit validity of a CA that ends after the issuer",
    issuer: { validitySeconds: 87_600 * HOUR },
    child: { ...CHILD_CA, validitySeconds: 87_601 * HOUR },
    code: "VALIDITY_EXCEEDS_ISSUER",
    message: /after its issuer/,
  },
  {
    what: "an issuer that expired a second ago",
    issuer: { now: later(-HOUR - 1), validitySeconds: HOUR },
    child: LEAF,
    code: "VALIDITY_EXCEEDS_ISSUER",
    message: /from 2026-03-04T04:06:06\.000Z to 2026-03-04T05:06:06\.000Z, not now/,
  },
  {
    what: "an issuer that expires now",
    issuer: { now: later(-HOUR), validitySeconds: HOUR },
    child: LEAF,
    code: "VALIDITY_EXCEEDS_ISSUER",
    message: /not now/,
  },
  {
    what: "an issuer that becomes valid in a second",
    issuer: { now: later(1) },
    child: LEAF,
    code: "VALIDITY_EXCEEDS_ISSUER",
    message: /not now/,
  },
  {
    what: "an issuer whose certificate is for another key",
    issuer: { signer: new KeySigner(keyPair("ECDSA_P256", "other")) },
    child: LEAF,
    code: "ISSUER_KEY_MISMATCH",
    message: /a different key/,
  },
  {
    what: "an issuer whose certificate is for another type of key",
    issuer: { signer: new KeySigner(keyPair("ED25519"), "ED25519") },
    child: LEAF,
    code: "ISSUER_KEY_MISMATCH",
    message: /a different key/,
  },
];

void describe("An issuer", () => {
  for (const { what, issuer, child, code, message } of REFUSALS) {
    void it(`is refused with ${code}, and nothing is signed: ${what}`, async () => {
      const issuerPem = "version" in issuer ? writePem("CERTIFICATE", write(issuer)) : await issueRoot(issuer);
      const signer = new KeySigner();
      await assert.rejects(async () => issue({ ...child, signer, issuerPem }), withCode(code, message));
      assert.equal(signer.calls, 0);
    });
  }

  const allowed: readonly { readonly what: string; readonly issuer: Partial<Wish>; readonly child: Wish }[] = [
    {
      what: "a CA with a path length one below its own",
      issuer: { pathLength: 2 },
      child: { ...CHILD_CA, pathLength: 1 },
    },
    { what: "a CA with a path length far below its own", issuer: { pathLength: 9 }, child: CHILD_CA },
    {
      what: "any CA below an unlimited one",
      issuer: { pathLength: "unlimited" },
      child: { ...CHILD_CA, pathLength: 9 },
    },
    {
      what: "an unlimited CA below an unlimited one",
      issuer: { pathLength: "unlimited" },
      child: { ...CHILD_CA, pathLength: "unlimited" },
    },
    { what: "a leaf below path length 0", issuer: { pathLength: 0 }, child: LEAF },
    {
      what: "an explicit validity that ends with its own",
      issuer: { validitySeconds: HOUR },
      child: { ...LEAF, validitySeconds: HOUR },
    },
    { what: "a leaf in its last second", issuer: { now: later(1 - HOUR), validitySeconds: HOUR }, child: LEAF },
    { what: "a leaf in its first second", issuer: {}, child: LEAF },
  ];
  for (const { what, issuer, child } of allowed) {
    void it(`signs once: ${what}`, async () => {
      const signer = new KeySigner();
      await issue({ ...child, signer, issuerPem: await issueRoot(issuer) });
      assert.equal(signer.calls, 1);
    });
  }

  void it("must be a certificate", () => {
    for (const text of ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
      assert.throws(() => readIssuer(text), withCode("INPUT_INVALID"));
    }
  });
});

/** An issuer as other tools make it: its names in PrintableString and IA5String, two attributes in one set. */
const CONFIG = `[req]
string_mask = pkix
prompt = no
distinguished_name = dn
[dn]
C = CH
O = Old  Company, Inc.
1.OU = First
+2.OU = Second
CN = old ca
emailAddress = pki@example.com
[hash]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[hex]
basicConstraints = CA:TRUE
keyUsage = keyCertSign
subjectKeyIdentifier = 00:0A:0b:ff
[long]
basicConstraints = CA:TRUE
keyUsage = keyCertSign
subjectKeyIdentifier = 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
[none]
basicConstraints = CA:TRUE
keyUsage = keyCertSign
subjectKeyIdentifier = none
[noKeyUsage]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[noConstraints]
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
`;

void describe("An issuer that openssl made", { skip: missing("openssl") }, () => {
  const directory = temporaryDirectory();
  const made = (extensions: string): string => {
    const dates = ["-days", "3650", "-set_serial", "1"];
    const { privateKey } = keyPair("ECDSA_P256");
    return opensslRequest(directory, privateKey, ["-x509", ...dates, "-extensions", extensions], CONFIG);
  };
  // openssl req uses the real time.
  const now = new Date(Date.now() + HOUR * 1000);

  void it("passes its name to the child byte for byte, whatever its string types", async () => {
    const issuerPem = made("hash");
    assert.match(asn1(derOf(issuerPem)), /PRINTABLESTRING +:Old {2}Company, Inc\./);
    const pem = await issue({ ...LEAF, issuerPem, now });
    assert.equal(fieldOctets(pem, "issuer"), fieldOctets(issuerPem, "subject"));
    assert.equal(Buffer.from(readIssuer(issuerPem).subjectDer).toString("hex"), fieldOctets(issuerPem, "subject"));
    assert.ok(isIssuedBy(readCertificate(pem), readCertificate(issuerPem)));
  });

  for (const { extensions, identifier } of [
    { extensions: "hash", identifier: undefined },
    { extensions: "hex", identifier: "000a0bff" },
    { extensions: "long", identifier: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" },
  ]) {
    void it(`passes its key identifier to the child unchanged (${identifier ?? "the hash of its key"})`, async () => {
      const issuerPem = made(extensions);
      const own = identifiers(issuerPem).subject;
      assert.equal(own, identifier ?? computedKeyIdentifier(issuerPem));
      const pem = await issue({ ...LEAF, issuerPem, now });
      assert.equal(identifiers(pem).authority, own);
    });
  }

  void it("is identified by method 1 of RFC 5280 when it has no identifier", async () => {
    const issuerPem = made("none");
    assert.ok(!certificateText(issuerPem).includes("Subject Key Identifier"));
    const pem = await issue({ ...LEAF, issuerPem, now });
    assert.equal(identifiers(pem).authority, computedKeyIdentifier(issuerPem));
  });

  void it("is a CA when it has no key usage, as RFC 5280 says in 6.1.4 (n)", async () => {
    const issuerPem = made("noKeyUsage");
    const pem = await issue({ ...LEAF, issuerPem, now });
    assert.ok(isIssuedBy(readCertificate(pem), readCertificate(issuerPem)));
  });

  void it("is refused when it has no basic constraints", async () => {
    const signer = new KeySigner();
    const issuerPem = made("noConstraints");
    await assert.rejects(
      async () => issue({ ...LEAF, signer, issuerPem, now }),
      withCode("ISSUER_NOT_CA", /not a CA certificate/),
    );
    assert.equal(signer.calls, 0);
  });
});

void describe("A certificate's issuer", { skip: missing("openssl") }, () => {
  let root: string, pem: string;
  before(async () => {
    root = await issueRoot();
    pem = await issue({ ...CHILD_CA, issuerPem: root });
  });

  const isUnder = (issuerPem: string): boolean => isIssuedBy(readCertificate(pem), readCertificate(issuerPem));

  void it("is the one whose name and key identifier it contains", () => {
    assert.ok(isUnder(root));
  });

  void it("stays the same after a renewal with the same key and name", async () => {
    const renewed = await issueRoot({ now: later(HOUR), random: octets(0x11), pathLength: 3 });
    assert.notEqual(openssl(["x509", "-noout", "-serial"], renewed), openssl(["x509", "-noout", "-serial"], root));
    assert.ok(isUnder(renewed));
  });

  void it("differs when its name or key does", async () => {
    const other = new KeySigner(keyPair("ECDSA_P256", "other"));
    assert.ok(!isUnder(await issueRoot({ subject: { commonName: "test root" } })));
    assert.ok(!isUnder(await issueRoot({ signer: other })));
    assert.ok(!isUnder(pem));
  });
});
