import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { otherTypes, pluginType, resourceType, withPresentTypes } from "../../provider/kms/resourceType";

const DYNAMIC = "pulumi-nodejs:dynamic/kms-pki:";

void describe("The types of a URN that 0.1.0 recorded", () => {
  for (const { what, recorded, expected } of [
    { what: "alone", recorded: `${DYNAMIC}PublicKey::a`, expected: `${DYNAMIC}ExistingKey::a` },
    {
      what: "of a parent",
      recorded: `${DYNAMIC}PublicKey$${DYNAMIC}YubiKeyKey::a`,
      expected: `${DYNAMIC}ExistingKey$${DYNAMIC}PivKey::a`,
    },
    {
      what: "in a mark",
      recorded: `${DYNAMIC}YubiKeyKey::a#${"0".repeat(32)}`,
      expected: `${DYNAMIC}PivKey::a#${"0".repeat(32)}`,
    },
    { what: "of another package", recorded: "acme:index:PublicKey::a", expected: "acme:index:PublicKey::a" },
    {
      what: "with a similar name",
      recorded: `${DYNAMIC}PublicKeys::PublicKey`,
      expected: `${DYNAMIC}PublicKeys::PublicKey`,
    },
  ]) {
    void it(`are the current ones: ${what}`, () => {
      const prefix = "urn:pulumi:prod::acme::kms-pki:index:CertificateAuthority$";
      assert.equal(withPresentTypes(prefix + recorded), prefix + expected);
      assert.equal(withPresentTypes(prefix + expected), prefix + expected);
    });
  }

  void it("of a resource that the plugin serves are those of every other, and a component keeps its own", () => {
    const prefix = "urn:pulumi:prod::acme::";
    const authority = "kms-pki:index:CertificateAuthority";
    assert.equal(withPresentTypes(`${prefix}kms-pki:index:PivKey::a`), `${prefix}${DYNAMIC}PivKey::a`);
    assert.equal(
      withPresentTypes(`${prefix}${authority}$kms-pki:index:SoftKey::kms-pki:index:a`),
      `${prefix}${authority}$${DYNAMIC}SoftKey::kms-pki:index:a`,
    );
    assert.equal(withPresentTypes(`${prefix}${authority}::a`), `${prefix}${authority}::a`);
  });

  void it("are an alias of each other", () => {
    assert.deepEqual(otherTypes("SoftKey"), [pluginType("SoftKey")]);
    assert.deepEqual(otherTypes("PivCertificate"), [pluginType("PivCertificate"), resourceType("YubiKeyCertificate")]);
  });
});
