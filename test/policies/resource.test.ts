import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pluginType, resourceType } from "../../provider/kms/resourceType";
import { UNKNOWN } from "../../provider/words/unknown";
import { declaredResource, type PolicyStackResource, stackResources } from "../../policies/resource";

const policyResource = (name: string, type: string, more: Partial<PolicyStackResource> = {}): PolicyStackResource => ({
  ...{ urn: `urn:${name}`, name, type, props: {}, opts: { protect: false }, propertyDependencies: {} },
  ...more,
});

void describe("A resource of a policy", () => {
  void it("has the type that this package knows, whoever serves it and whichever release recorded it", () => {
    const types = [
      [resourceType("Certificate"), "Certificate"],
      [pluginType("Certificate"), "Certificate"],
      [resourceType("PublicKey"), "ExistingKey"],
      [pluginType("CertificateAuthority"), "CertificateAuthority"],
      ["aws:kms/key:Key", "aws:kms/key:Key"],
    ] as const;
    for (const [type, expected] of types) {
      assert.equal(declaredResource(policyResource("it", type)).type, expected);
    }
  });

  void it("marks what the SDK refuses to give in a preview", () => {
    const refusing = {
      get later(): string {
        throw new Error("string value at .later can't be known during preview");
      },
    };
    const props = { known: 1, list: ["a", refusing], inner: refusing };
    const { properties } = declaredResource(policyResource("it", "x:y:Z", { props }));
    assert.deepEqual(properties, { known: 1, list: ["a", { later: UNKNOWN }], inner: { later: UNKNOWN } });
  });

  void it("leads to its parent and to what its properties come from", () => {
    const [parent, key] = [policyResource("ca", pluginType("CertificateAuthority")), policyResource("key", "x:y:Z")];
    const root = policyResource("root", "x:y:Z", { parent, propertyDependencies: { signingKey: [key] } });
    const [readRoot, readKey, readParent] = stackResources([root, key, parent]);
    assert.equal(readRoot?.parent, readParent);
    assert.equal(readRoot?.sources["signingKey"]?.[0], readKey);
  });
});
