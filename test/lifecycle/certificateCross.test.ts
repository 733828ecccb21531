import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { UNKNOWN } from "../../provider/words/unknown";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { readCertificate } from "../../provider/x509/certificate";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { Authority, BEGINNING, DAY, IN_PLACE, type Key, NONE, replacedFor } from "./authority";

void describe("A cross certificate as a resource", () => {
  let authority: Authority;
  let old: CertificateRecord;
  let young: CertificateRecord;
  let youngKey: Key;
  let cross: CertificateRecord;

  const youngInputs = (changes: Partial<CertificateInputs> = {}): CertificateInputs =>
    authority.rootInputs({ subject: { commonName: "Young Root" }, pathLength: "unlimited", ...changes }, youngKey);
  /** For the new root under the old one. */
  const inputs = (changes: Partial<CertificateInputs> = {}): CertificateInputs => {
    const { publicKeyPem: _, ...signingKey } = authority.rootKey;
    return {
      profile: "cross",
      crossOf: young.certificatePem,
      signingKey,
      issuer: { certificatePem: old.certificatePem, subject: { commonName: "Example Root" } },
      notBefore: "2026-01-01T00:00:00Z",
      notAfter: "2030-01-01T00:00:00Z",
      ...changes,
    };
  };

  before(async () => {
    authority = new Authority();
    youngKey = authority.key("young");
    old = await authority.root({ pathLength: "unlimited" });
    young = await authority.create(youngInputs());
    cross = await authority.create(inputs());
  });

  void it("has the name and key of its root, and its key identifier as id", async () => {
    const of = (pem: string, what: string): string => openssl(["x509", "-noout", what], pem);
    for (const what of ["-subject", "-pubkey"]) {
      assert.equal(of(cross.certificatePem, what), of(young.certificatePem, what));
    }
    assert.match(of(cross.certificatePem, "-issuer"), /Example Root/);
    const { id } = await authority.lifecycle.create(inputs());
    const text = openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier"], young.certificatePem);
    assert.equal(id, text.split("\n")[1]?.trim().replaceAll(":", "").toLowerCase());
  });

  void it("records no copy of its root", () => {
    assert.equal(JSON.stringify(cross).split("BEGIN CERTIFICATE").length, 2);
  });

  void it("stays while nothing changes, whatever the time", async () => {
    assert.deepEqual(await authority.diff(cross, inputs()), NONE);
    authority.now = new Date("2030-02-01T00:00:00Z");
    assert.deepEqual(await authority.diff(cross, inputs()), NONE);
    authority.now = BEGINNING;
  });

  void it("stays when its root is renewed under the same name and key", async () => {
    authority.now = new Date(BEGINNING.getTime() + DAY);
    const renewed = await authority.lifecycle.update(young, youngInputs());
    authority.now = BEGINNING;
    assert.notEqual(renewed.certificatePem, young.certificatePem);
    assert.deepEqual(await authority.diff(cross, inputs({ crossOf: renewed.certificatePem })), NONE);
  });

  void it("is reissued in place when its root has another name or an unknown one", async () => {
    const renamed = await authority.create(youngInputs({ subject: { commonName: "Renamed Root" } }));
    const news = inputs({ crossOf: renamed.certificatePem });
    assert.deepEqual(await authority.diff(cross, news), IN_PLACE);
    const { certificatePem } = await authority.lifecycle.update(cross, news);
    assert.equal(readCertificate(certificatePem).subject, "CN=Renamed Root");
    assert.deepEqual(await authority.diff(cross, inputs({ crossOf: UNKNOWN })), IN_PLACE);
  });

  void it("is replaced when its root has another key, or it is no longer a cross certificate", async () => {
    const another = await authority.create(authority.rootInputs({}, authority.key("another")));
    assert.deepEqual(await authority.diff(cross, inputs({ crossOf: another.certificatePem })), replacedFor("crossOf"));
    const { crossOf: _, ...plain } = inputs();
    assert.deepEqual(await authority.diff(cross, { ...plain, profile: "intermediate" }), replacedFor("crossOf"));
  });

  void it("is refused for anything but a root, before anything is signed", async () => {
    const intermediate = await authority.create(authority.inputs(old));
    const { signatures } = authority.backends;
    for (const crossOf of [intermediate.certificatePem, cross.certificatePem, "no certificate"]) {
      const { problems } = await authority.lifecycle.check({}, inputs({ crossOf }));
      assert.deepEqual(
        problems.map(({ code, property }) => `${code} ${property}`),
        ["INPUT_INVALID "],
      );
      await assert.rejects(async () => authority.lifecycle.create(inputs({ crossOf })), withCode("INPUT_INVALID"));
    }
    assert.equal(authority.backends.signatures, signatures);
  });

  void it("is refused under a root with path length 1, although another root may cross-sign that root", async () => {
    const limited = await authority.create(authority.rootInputs());
    const under = { certificatePem: limited.certificatePem };
    const refused = authority.lifecycle.create(inputs({ issuer: under }));
    await assert.rejects(async () => refused, withCode("PATH_LENGTH_VIOLATED"));
    const { publicKeyPem: _, ...signingKey } = youngKey;
    const issuer = { certificatePem: young.certificatePem };
    const reverse = await authority.create(inputs({ crossOf: limited.certificatePem, signingKey, issuer }));
    assert.equal(readCertificate(reverse.certificatePem).subject, "CN=Example Root");
  });
});
