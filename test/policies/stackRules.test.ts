import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNKNOWN } from "../../provider/words/unknown";
import type { DeclaredResource, StackResource } from "../../policies/resource";
import { issueRoot } from "../x509/issuing";
import { certificate, declared, inAuthority, inStack, NOW, problems, violations } from "./judging";

const lost = (type: string, properties: object = {}): DeclaredResource => ({
  ...declared(type, properties),
  isProtected: false,
});

void describe("The rule deletion-protection", () => {
  const CASES: readonly { readonly of: string; readonly resource: DeclaredResource; readonly isFound: boolean }[] = [
    { of: "a key file", resource: lost("SoftKey"), isFound: true },
    { of: "a key in a YubiKey", resource: lost("PivKey"), isFound: true },
    { of: "a key in a token", resource: lost("Pkcs11Key"), isFound: true },
    { of: "a root", resource: lost("Certificate", { profile: "root" }), isFound: true },
    { of: "a recorded root", resource: lost("Certificate", { declaration: '{"profile":"root"}' }), isFound: true },
    { of: "a protected key file", resource: declared("SoftKey", {}), isFound: false },
    { of: "a leaf", resource: lost("Certificate", { profile: "leaf" }), isFound: false },
    { of: "a withdrawn root", resource: lost("Certificate", { profile: "root", withdrawn: true }), isFound: false },
    { of: "a root of another program", resource: lost("Certificate", { declaration: "elsewhere" }), isFound: false },
    { of: "an existing key", resource: lost("ExistingKey"), isFound: false },
  ];
  for (const { of, resource, isFound } of CASES) {
    void it(`${isFound ? "refuses" : "accepts"} ${of}, in an authority or alone`, () => {
      const expected = isFound ? 1 : 0;
      assert.equal(problems("deletion-protection", resource).length, expected);
      assert.deepEqual(violations("deletion-protection", [inStack(resource)]), []);
      assert.deepEqual(problems("deletion-protection", inAuthority(resource)), []);
      assert.equal(violations("deletion-protection", [inStack(inAuthority(resource))]).length, expected);
    });
  }

  void it("refuses a key of another provider only in an authority", () => {
    const key = lost("aws:kms/key:Key");
    assert.deepEqual(problems("deletion-protection", key), []);
    assert.equal(violations("deletion-protection", [inStack(inAuthority(key))]).length, 1);
  });

  void it("accepts rotated keys where the record of the last run is protected", () => {
    const [authority, other] = [
      inStack(declared("CertificateAuthority", {})),
      inStack(declared("CertificateAuthority", {})),
    ];
    const key = inStack(inAuthority(lost("SoftKey")), { parent: authority });
    const found = (run: StackResource): number =>
      violations("deletion-protection", [authority, other, key, run]).length;
    assert.equal(found(inStack(declared("RotationRun", {}), { parent: authority })), 0);
    assert.equal(found(inStack(lost("RotationRun"), { parent: authority })), 1);
    assert.equal(found(inStack(declared("RotationRun", {}), { parent: other })), 1);
  });
});

void describe("The rule root-in-hardware in a stack", () => {
  const stack = (protectionLevel: unknown): readonly StackResource[] => {
    const cryptoKey = inStack(declared("gcp:kms/cryptoKey:CryptoKey", { versionTemplate: { protectionLevel } }));
    const version = inStack(declared("gcp:kms/cryptoKeyVersion:CryptoKeyVersion", {}), {
      sources: { cryptoKey: [cryptoKey] },
    });
    const key = inStack(declared("ExistingKey", { uri: UNKNOWN }), { sources: { uri: [version] } });
    const signingKey = { uri: UNKNOWN, algorithm: "ECDSA_P256" } as const;
    return [
      ...[cryptoKey, version, key],
      inStack(certificate({ profile: "root", signingKey }, "root"), { sources: { signingKey: [key] } }),
      inStack(certificate({ profile: "leaf", signingKey }, "leaf"), { sources: { signingKey: [key] } }),
    ];
  };

  void it("refuses a root whose key in Google Cloud is in software, before and after it is made", () => {
    assert.deepEqual(
      violations("root-in-hardware", stack("SOFTWARE")).map((each) => each.slice(0, 5)),
      ["root:"],
    );
    assert.deepEqual(violations("root-in-hardware", stack("HSM")), []);
    assert.deepEqual(violations("root-in-hardware", stack(UNKNOWN)), []);
  });
});

void describe("The rule no-compromised-or-overdue", () => {
  const run = (generations: unknown): StackResource => inStack(declared("RotationRun", { generations }, "run"));
  /** A root of 100 days that began some days ago. */
  const root = async (daysAgo: number, declaration: object = {}): Promise<StackResource> => {
    const now = new Date(NOW.getTime() - daysAgo * 86_400_000);
    const certificatePem = await issueRoot({ validitySeconds: 100 * 86_400, now });
    return inStack(
      declared(
        "Certificate",
        { certificatePem, declaration: JSON.stringify({ profile: "root", ...declaration }) },
        "root",
      ),
    );
  };
  const found = (resource: StackResource, settings: object = {}): readonly string[] =>
    violations("no-compromised-or-overdue", [resource], settings);

  void it("reports each compromised generation", () => {
    const generations = JSON.stringify({ root: "compromised", "root-g1": "active", intermediate: "active" });
    const [first = "", ...others] = found(run(generations));
    assert.match(first, /^run: the generation root is compromised\./);
    assert.deepEqual(others, []);
  });

  void it("accepts generations that are in service, and what is not known yet", () => {
    assert.deepEqual(found(run(JSON.stringify({ root: "active", "root-g1": "published" }))), []);
    assert.deepEqual(found(run(UNKNOWN)), []);
    assert.deepEqual(found(inStack(certificate({ profile: "root" }))), []);
  });

  void it("reports a certificate that is due and that the run leaves as it is", async () => {
    assert.deepEqual(found(await root(60, { renewBefore: "30d" })), []);
    assert.match(found(await root(80, { renewBefore: "30d" })).join("\n"), /^root: root is due for renewal since /);
    assert.match(found(await root(80, { renewBefore: "1/3" })).join("\n"), /due for renewal/);
  });

  void it("reports a certificate that has ended, once, and one that ends too soon", async () => {
    assert.equal(found(await root(101, { renewBefore: "30d" })).length, 1);
    assert.match(found(await root(101)).join("\n"), /^root: root ends on 2026-11-/);
    assert.deepEqual(found(await root(80)), []);
    assert.match(found(await root(80), { remaining: "30d" }).join("\n"), /ends on/);
  });

  void it("accepts a withdrawn certificate, whenever it ends", async () => {
    assert.deepEqual(found(await root(101, { withdrawn: true })), []);
  });
});
