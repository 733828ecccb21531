import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { UNKNOWN } from "../../provider/words/unknown";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import type { Difference } from "../../provider/lifecycle/provider";
import { found } from "../inputs/found";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { Authority, BEGINNING, DAY, IN_PLACE, NONE, replacedFor } from "./authority";

void describe("A certificate as a resource", () => {
  let authority: Authority;
  let root: CertificateRecord;
  let intermediate: CertificateRecord;
  before(async () => {
    authority = new Authority();
    root = await authority.root();
    intermediate = await authority.create(authority.inputs(root));
  });

  void it("is signed once, and recorded as openssl reads it", () => {
    assert.equal(authority.backends.signatures, 2);
    for (const { certificatePem, serialNumber, notAfter, status, readyForRenewal } of [root, intermediate]) {
      const serial = openssl(["x509", "-noout", "-serial"], certificatePem).trim();
      assert.equal(serial.toLowerCase(), `serial=${serialNumber}`);
      assert.deepEqual([status, readyForRenewal], ["valid", false]);
      assert.equal(notAfter, "2035-12-30T00:00:00.000Z");
      const dates = openssl(["x509", "-noout", "-dates"], certificatePem);
      assert.equal(dates, "notBefore=Jan  1 00:00:00 2026 GMT\nnotAfter=Dec 30 00:00:00 2035 GMT\n");
    }
    assert.match(openssl(["x509", "-noout", "-issuer"], intermediate.certificatePem), /Example Root/);
  });

  void it("is recorded without copies of the keys and the issuer, which it already contains", () => {
    const record = JSON.stringify(intermediate);
    assert.ok(!record.includes(JSON.stringify(root.certificatePem).slice(1, -1)));
    assert.ok(!record.includes("PUBLIC KEY") && !record.includes("PRIVATE KEY"));
    assert.equal(record.split("BEGIN CERTIFICATE").length, 2);
  });

  void it("has the key identifier of its subject as id", async () => {
    const { id } = await authority.lifecycle.create(authority.rootInputs());
    assert.equal(id, keyIdentifier(root));
  });

  void it("has no difference while nothing changes", async () => {
    assert.deepEqual(await authority.diff(root, authority.rootInputs()), NONE);
    assert.deepEqual(await authority.diff(intermediate, authority.inputs(root)), NONE);
  });

  const contents: readonly { change: Partial<CertificateInputs>; difference: Difference }[] = [
    { change: { subject: { commonName: "Other" } }, difference: IN_PLACE },
    { change: { subject: { commonName: "Example Intermediate", organization: "Acme" } }, difference: IN_PLACE },
    { change: { validity: "43800h" }, difference: IN_PLACE },
    { change: { pathLength: "unlimited" }, difference: IN_PLACE },
    { change: { keyUsages: ["keyCertSign"] }, difference: IN_PLACE },
    { change: { extendedKeyUsages: ["serverAuth"] }, difference: IN_PLACE },
    { change: { dnsNames: ["ca.example.com"] }, difference: IN_PLACE },
    { change: { ipAddresses: ["192.0.2.1"] }, difference: IN_PLACE },
    { change: { emailAddresses: ["pki@example.com"] }, difference: IN_PLACE },
    { change: { uris: ["spiffe://example.com/ca"] }, difference: IN_PLACE },
    { change: { crlDistributionPoints: ["http://pki.example.com/root.crl"] }, difference: IN_PLACE },
    { change: { ocspServers: ["http://ocsp.example.com"] }, difference: IN_PLACE },
    { change: { issuingCertificateUrls: ["http://pki.example.com/root.cer"] }, difference: IN_PLACE },
    { change: { profile: "leaf" }, difference: IN_PLACE },
    { change: { validity: "87600h" }, difference: NONE },
    { change: { validity: "3650d" }, difference: NONE },
    { change: { pathLength: 0 }, difference: NONE },
    { change: { keyUsages: ["cRLSign", "keyCertSign"] }, difference: NONE },
    {
      change: { extendedKeyUsages: [], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] },
      difference: NONE,
    },
    { change: { otherNames: [{ oid: "1.2.3", utf8String: "a" }] }, difference: IN_PLACE },
    { change: { nameConstraints: { excluded: { dnsDomains: ["example.org"] } } }, difference: IN_PLACE },
    { change: { policies: [{ id: "1.2.3" }] }, difference: IN_PLACE },
    { change: { policyConstraints: { requireExplicitPolicy: 0 } }, difference: IN_PLACE },
    { change: { inhibitAnyPolicy: 0 }, difference: IN_PLACE },
    { change: { tlsFeatures: ["status_request"] }, difference: IN_PLACE },
    { change: { extensions: [{ oid: "1.2.3", valueHex: "0500" }] }, difference: IN_PLACE },
    { change: { nameConstraints: { permitted: UNKNOWN as never } }, difference: IN_PLACE },
    { change: { allowedExtensions: ["1.2.3"] }, difference: NONE },
    { change: { lintProfile: "publicTls" }, difference: NONE },
    {
      change: { nameConstraints: { permitted: { dnsDomains: [] } }, policies: [], otherNames: [], extensions: [] },
      difference: NONE,
    },
    { change: { crlDistributionPoints: [], ocspServers: [], issuingCertificateUrls: [] }, difference: NONE },
    { change: { renewBefore: "720h" }, difference: NONE },
    { change: { validity: UNKNOWN }, difference: IN_PLACE },
    { change: { subject: { commonName: UNKNOWN } }, difference: IN_PLACE },
    { change: { dnsNames: [UNKNOWN] }, difference: IN_PLACE },
  ];
  for (const { change, difference } of contents) {
    void it(`${difference.changes ? "is reissued in place" : "stays"} after ${JSON.stringify(change)}`, async () => {
      assert.deepEqual(await authority.diff(intermediate, authority.inputs(root, change)), difference);
    });
  }

  void it("stays when its content is written in another way", async () => {
    const said: Partial<CertificateInputs> = {
      ...{ policies: [{ id: "1.2.3" }], tlsFeatures: ["status_request", 17] },
      nameConstraints: { permitted: { dnsDomains: ["example.com"] } },
      extensions: [{ oid: "1.2.3", valueHex: "0C0161" }],
    };
    const same: Partial<CertificateInputs> = {
      ...{ policies: [{ id: "1.2.3", cps: [] }], tlsFeatures: ["status_request_v2", "status_request"] },
      nameConstraints: { permitted: { dnsDomains: ["example.com"], ipRanges: [] }, excluded: {} },
      extensions: [{ oid: "1.2.3", critical: false, valueDer: "DAFh" }],
      allowedExtensions: ["1.2.3", "1.2.4"],
    };
    const state = await authority.create(authority.inputs(root, { ...said, allowedExtensions: ["1.2.3"] }));
    assert.deepEqual(await authority.diff(state, authority.inputs(root, same)), NONE);
  });

  void it("is refused before a signature when its issuer's certificate does not permit its names", async () => {
    const constrained = await authority.root({ nameConstraints: { permitted: { dnsDomains: ["example.com"] } } });
    const inputs = authority.inputs(constrained, { profile: "leaf", dnsNames: ["a.example.com", "a.example.org"] });
    const { problems } = await authority.lifecycle.check({}, inputs);
    assert.deepEqual(found(problems), ["NAME_NOT_PERMITTED dnsNames[1]"]);
  });

  void it("is refused when the key that signs is compromised", async () => {
    const { signingKey } = authority.inputs(root);
    const inputs = authority.inputs(root, { signingKey: { ...signingKey, compromised: true } });
    const { problems } = await authority.lifecycle.check({}, inputs);
    assert.deepEqual(found(problems), ["KEY_COMPROMISED signingKey"]);
  });

  void it("stays when a purpose is given by its identifier, and the path length as in the profile", async () => {
    const state = await authority.create(authority.inputs(root, { profile: "leaf" }));
    const usages = ["1.3.6.1.5.5.7.3.1", "clientAuth"];
    const news = authority.inputs(root, { profile: "leaf", extendedKeyUsages: usages });
    assert.deepEqual(await authority.diff(state, news), NONE);
    assert.deepEqual(await authority.diff(root, authority.rootInputs({ pathLength: 1 })), NONE);
  });

  void it("is reissued when its issuer's key signs with another algorithm", async () => {
    const key = authority.key("rsa", "RSA_2048_PKCS1");
    const state = await authority.create(authority.rootInputs({}, key));
    const news = authority.rootInputs({}, { ...key, algorithm: "RSA_2048_PSS" });
    assert.deepEqual(await authority.diff(state, news), IN_PLACE);
    const renewed = await authority.lifecycle.update(state, news);
    assert.match(openssl(["x509", "-noout", "-text"], renewed.certificatePem), /Signature Algorithm: rsassaPss/);
  });

  void it("is replaced when its subject's key changes", async () => {
    const { publicKeyPem } = authority.key("another");
    const spaced = `\n${authority.intermediateKey.publicKeyPem.replaceAll("\n", "\r\n")}\n`;
    const keys: readonly { publicKeyPem: string; difference: Difference }[] = [
      { publicKeyPem, difference: replacedFor("publicKeyPem") },
      { publicKeyPem: UNKNOWN, difference: IN_PLACE },
      { publicKeyPem: spaced, difference: NONE },
    ];
    for (const { difference, ...change } of keys) {
      assert.deepEqual(await authority.diff(intermediate, authority.inputs(root, change)), difference);
    }
  });

  void describe("in a preview that does not know its subject's key", () => {
    const uri = "softkms:path=intermediate.pem";
    const differences: readonly { what: string; before?: string; now: string; difference: Difference }[] = [
      { what: "stays while the key's URI does", before: uri, now: uri, difference: NONE },
      {
        what: "stays when the same key is written differently",
        before: uri,
        now: "softkms:intermediate.pem",
        difference: NONE,
      },
      { what: "stays when the same alias names it", before: "alias/ca", now: "alias/ca", difference: NONE },
      {
        what: "is replaced when the key's URI is another",
        before: uri,
        now: "softkms:path=other.pem",
        difference: replacedFor("publicKeyPem"),
      },
      { what: "may change when the key's URI is also unknown", before: uri, now: UNKNOWN, difference: IN_PLACE },
      {
        what: "may change when an alias now names it",
        before: "awskms:key-id=alias/a",
        now: "alias/b",
        difference: IN_PLACE,
      },
      { what: "may change when the URI was not recorded", now: uri, difference: IN_PLACE },
    ];
    for (const { what, before: recorded, now, difference } of differences) {
      void it(what, async () => {
        const given = authority.inputs(root, recorded === undefined ? {} : { subjectKeyUri: recorded });
        const state = await authority.create(given);
        const news = { ...given, publicKeyPem: UNKNOWN, subjectKeyUri: now };
        const { inputs } = await authority.lifecycle.check(given, news);
        assert.deepEqual(await authority.diff(state, inputs), difference);
      });
    }

    void it("stays even when version 0.1.0 issued it for the key that signs it", async () => {
      const olds = authority.rootInputs();
      const news = { ...olds, publicKeyPem: UNKNOWN, subjectKeyUri: olds.signingKey.uri };
      const { inputs } = await authority.lifecycle.check(olds, news);
      assert.deepEqual(await authority.diff(root, inputs), NONE);
    });
  });

  void it("certifies the key of a request, and is replaced when the request has another key", async () => {
    const { publicKeyPem: _, ...inputs } = authority.inputs(root);
    const pem = openssl(["genpkey", "-algorithm", "ed25519"]);
    const path = join(authority.directory, "subject.pem");
    writeFileSync(path, pem);
    const csrPem = openssl(["req", "-new", "-key", path, "-subj", "/CN=asked for"]);
    const state = await authority.create({ ...inputs, csrPem });
    assert.equal(openssl(["x509", "-noout", "-pubkey"], state.certificatePem), openssl(["pkey", "-pubout"], pem));
    assert.ok(!openssl(["x509", "-noout", "-subject"], state.certificatePem).includes("asked for"));
    assert.deepEqual(await authority.diff(state, { ...inputs, csrPem }), NONE);
    const another = openssl(["req", "-new", "-key", path, "-subj", "/CN=another"]);
    assert.deepEqual(await authority.diff(state, { ...inputs, csrPem: another }), replacedFor("csrPem"));
  });

  void it("records no part of a request, which may hold a challenge password", async () => {
    const { publicKeyPem: _, ...inputs } = authority.inputs(root);
    const csrPem = openssl(["req", "-new", "-key", `${authority.directory}/root.pem`, "-subj", "/CN=asked for"]);
    const { declaration, ...others } = await authority.create({ ...inputs, csrPem });
    assert.ok(!declaration.includes(csrPem.split("\n")[1] ?? csrPem));
    const by010 = { ...others, declaration: JSON.stringify({ ...(JSON.parse(declaration) as object), csrPem }) };
    assert.deepEqual(await authority.diff(by010, { ...inputs, csrPem }), NONE);
  });

  void describe("under an issuer that changed", () => {
    const issuedBy = (
      certificatePem: string,
      subject = { commonName: "Example Root" },
    ): Partial<CertificateInputs> => ({
      issuer: { certificatePem, subject },
    });

    void it("stays when the issuer was renewed under the same name and key", async () => {
      authority.now = new Date(BEGINNING.getTime() + 100 * DAY);
      const renewed = await authority.lifecycle.update(root, authority.rootInputs());
      authority.now = BEGINNING;
      assert.notEqual(renewed.serialNumber, root.serialNumber);
      assert.equal(keyIdentifier(renewed), keyIdentifier(root));
      assert.deepEqual(
        await authority.diff(intermediate, authority.inputs(root, issuedBy(renewed.certificatePem))),
        NONE,
      );
    });

    void it("stays when only the issuer's PEM text changes", async () => {
      const text = `subject=Example Root\n${root.certificatePem}`;
      assert.deepEqual(await authority.diff(intermediate, authority.inputs(root, issuedBy(text))), NONE);
    });

    void it("is reissued when the issuer now ends before it", async () => {
      const shortened = await authority.create(authority.rootInputs({ validity: "100d" }));
      const news = authority.inputs(root, issuedBy(shortened.certificatePem));
      assert.deepEqual(await authority.diff(intermediate, news), IN_PLACE);
      const renewed = await authority.lifecycle.update(intermediate, news);
      assert.equal(renewed.notAfter, shortened.notAfter);
    });

    void it("is refused when the issuer no longer allows it", async () => {
      const shorter = await authority.create(authority.rootInputs({ pathLength: 0 }));
      const news = authority.inputs(root, issuedBy(shorter.certificatePem));
      assert.deepEqual(await authority.diff(intermediate, news), IN_PLACE);
      await assert.rejects(
        async () => authority.lifecycle.update(intermediate, news),
        withCode("PATH_LENGTH_VIOLATED"),
      );
    });

    void it("is reissued when the issuer has another name", async () => {
      const renamed = await authority.create(authority.rootInputs({ subject: { commonName: "Renamed" } }));
      const news = authority.inputs(root, issuedBy(renamed.certificatePem, { commonName: "Renamed" }));
      assert.deepEqual(await authority.diff(intermediate, news), IN_PLACE);
    });

    void it("is replaced when the issuer has another key", async () => {
      const { publicKeyPem: _, ...signingKey } = authority.key("other-root");
      const other = await authority.create(authority.rootInputs({}, { ...signingKey, publicKeyPem: _ }));
      const news = authority.inputs(root, { ...issuedBy(other.certificatePem), signingKey });
      assert.deepEqual(await authority.diff(intermediate, news), replacedFor("signingKey"));
    });

    void it("is replaced when it loses or gains an issuer", async () => {
      const { issuer: _, ...selfSigned } = authority.inputs(root);
      assert.deepEqual(await authority.diff(intermediate, selfSigned), replacedFor("signingKey"));
      const issued = authority.rootInputs(issuedBy(root.certificatePem));
      assert.deepEqual(await authority.diff(root, issued), replacedFor("signingKey"));
    });

    const previews: readonly { what: string; change: Partial<CertificateInputs>; difference: Difference }[] = [
      { what: "stays under the same name", change: issuedBy(UNKNOWN), difference: NONE },
      {
        what: "changes under another name",
        change: issuedBy(UNKNOWN, { commonName: "Renamed" }),
        difference: IN_PLACE,
      },
      {
        what: "changes under an unknown name",
        change: issuedBy(UNKNOWN, { commonName: UNKNOWN }),
        difference: IN_PLACE,
      },
      { what: "changes under no name", change: { issuer: { certificatePem: UNKNOWN } }, difference: IN_PLACE },
      {
        what: "is replaced under another key",
        change: { ...issuedBy(UNKNOWN), signingKey: { uri: "softkms:path=root-2.pem", algorithm: "ECDSA_P256" } },
        difference: replacedFor("signingKey"),
      },
      {
        what: "changes under a key that is also unknown",
        change: { ...issuedBy(UNKNOWN), signingKey: { uri: UNKNOWN, algorithm: "ECDSA_P256" } },
        difference: IN_PLACE,
      },
    ];
    for (const { what, change, difference } of previews) {
      void it(`in a preview that does not know the issuer's certificate yet, ${what}`, async () => {
        assert.deepEqual(await authority.diff(intermediate, authority.inputs(root, change)), difference);
      });
    }
  });

  void it("is reissued with another serial number, for the same key", async () => {
    const { signatures } = authority.backends;
    const renewed = await authority.lifecycle.update(intermediate, authority.inputs(root));
    assert.equal(authority.backends.signatures, signatures + 1);
    assert.notEqual(renewed.serialNumber, intermediate.serialNumber);
    assert.equal(keyIdentifier(renewed), keyIdentifier(intermediate));
  });

  void it("is read, checked and deleted without a signature", async () => {
    const { signatures } = authority.backends;
    assert.deepEqual(await authority.lifecycle.read(intermediate), intermediate);
    await authority.lifecycle.check({}, authority.inputs(root));
    await authority.lifecycle.delete(intermediate);
    assert.equal(authority.backends.signatures, signatures);
  });

  void it("is checked before anything is made, against the context's clock", async () => {
    const late = new Authority();
    late.now = new Date("9995-01-01T00:00:00Z");
    const { problems } = await late.lifecycle.check({}, late.rootInputs({ validity: "3650d", subject: {} }));
    assert.deepEqual(
      problems.map(({ code, property }) => `${code} ${property}`),
      ["SUBJECT_INVALID subject", "VALIDITY_INVALID validity"],
    );
  });
});

/** The subject key identifier that openssl reads, in hex. */
function keyIdentifier({ certificatePem }: CertificateRecord): string {
  const [, identifier = ""] = openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier"], certificatePem).split("\n");
  return identifier.trim().replaceAll(":", "").toLowerCase();
}
