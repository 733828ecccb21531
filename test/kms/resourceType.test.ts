import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formerResourceType, resourceType, withPresentTypes } from "../../provider/kms/resourceType";

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

  void it("differ for the resources that have been renamed", () => {
    assert.equal(formerResourceType("PivCertificate"), resourceType("YubiKeyCertificate"));
    assert.equal(formerResourceType("SoftKey"), undefined);
  });
});
