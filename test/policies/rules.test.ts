import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publicKeyPem } from "../../provider/x509/certificate";
import { UNKNOWN } from "../../provider/words/unknown";
import type { DeclaredResource } from "../../policies/resource";
import { issue, issueRoot } from "../x509/issuing";
import { keyPair } from "../x509/keySigner";
import { RULES } from "../../policies/rules";
import { certificate, declared, problems } from "./judging";

interface Case {
  readonly of: string;
  readonly resource: DeclaredResource;
  readonly settings?: object;
  /** What the rule says. Absent: nothing. */
  readonly says?: RegExp;
}

function judges(rule: string, cases: readonly Case[]): void {
  for (const { of, resource, settings, says } of cases) {
    void it(`${says === undefined ? "accepts" : "refuses"} ${of}`, () => {
      const found = problems(rule, resource, settings);
      if (says === undefined) {
        assert.deepEqual(found, []);
      } else {
        assert.equal(found.length, 1, found.join("\n"));
        assert.match(found[0] ?? "", says);
      }
    });
  }
}

const key = (algorithm: "ECDSA_P256" | "RSA_2048_PKCS1"): string => publicKeyPem(keyPair(algorithm).publicKey);
const adopting = (pem: Promise<string>, inputs: object): Promise<DeclaredResource> =>
  pem.then((certificatePem) => certificate({ adopt: { certificatePem }, ...inputs }));

void describe("The rule encrypted-key-files", () => {
  judges("encrypted-key-files", [
    { of: "an encrypted key file", resource: declared("SoftKey", { encryption: "passphrase" }) },
    { of: "an encryption that is not known yet", resource: declared("SoftKey", { encryption: UNKNOWN }) },
    {
      of: "a key file without encryption",
      resource: declared("SoftKey", { encryption: "none" }),
      says: /sign with it/,
    },
    { of: "a resource of another package", resource: declared("x:y:Z", { encryption: "none" }) },
    {
      of: "a key file without encryption that is named as an exception",
      resource: declared("SoftKey", { encryption: "none" }, "test-key"),
      settings: { except: ["test-key"] },
    },
  ]);
});

void describe("The rule allowed-algorithms", () => {
  judges("allowed-algorithms", [
    { of: "an elliptic curve", resource: declared("SoftKey", { algorithm: "ECDSA_P256" }) },
    { of: "a short RSA key", resource: declared("PivKey", { algorithm: "RSA_2048_PKCS1" }), says: /RSA_2048_PKCS1/ },
    {
      of: "a short RSA key that the configuration allows",
      resource: declared("Pkcs11Key", { algorithm: "RSA_2048_PKCS1" }),
      settings: { allowed: ["RSA_2048_PKCS1"] },
    },
    {
      of: "an algorithm that the configuration leaves out",
      resource: declared("ExistingKey", { algorithm: "ECDSA_P256" }),
      settings: { allowed: ["ECDSA_P384", "ED25519"] },
      says: /Use one of ECDSA_P384, ED25519\./,
    },
    { of: "an existing key of an algorithm that is not known", resource: declared("ExistingKey", {}) },
    {
      of: "a certificate of an allowed key",
      resource: certificate({ profile: "root", publicKeyPem: key("ECDSA_P256") }),
    },
    {
      of: "a certificate of another key",
      resource: certificate({ profile: "leaf", publicKeyPem: key("RSA_2048_PKCS1") }),
      says: /algorithm RSA_2048\. /,
    },
    {
      of: "a certificate of an RSA key that may only sign with PSS",
      resource: certificate({ profile: "leaf", publicKeyPem: key("RSA_2048_PKCS1") }),
      settings: { allowed: ["RSA_2048_PSS"] },
    },
    {
      of: "a certificate whose key is not known yet",
      resource: certificate({ profile: "root", publicKeyPem: UNKNOWN }),
    },
    {
      of: "a withdrawn certificate",
      resource: certificate({ profile: "leaf", publicKeyPem: key("RSA_2048_PKCS1"), withdrawn: true }),
    },
  ]);
});

void describe("The rule certificate-lifetimes", async () => {
  const tenYears = issueRoot({ validitySeconds: 10 * 365 * 86_400 });
  judges("certificate-lifetimes", [
    { of: "a root with the default lifetime", resource: certificate({ profile: "root" }) },
    { of: "an intermediate with the default lifetime", resource: certificate({ profile: "intermediate" }) },
    { of: "a short leaf", resource: certificate({ profile: "leaf", validity: "24h" }) },
    { of: "a long leaf", resource: certificate({ profile: "leaf", validity: "9600h" }), says: /valid for 400d.*398d/ },
    {
      of: "a long root",
      resource: certificate({ profile: "root", validity: "3650d" }),
      settings: { root: "3649d" },
      says: /"root" of this rule/,
    },
    { of: "a long cross certificate", resource: certificate({ profile: "cross", validity: "8000d" }), says: /8000d/ },
    {
      of: "a leaf with a fixed end that is near",
      resource: certificate({ profile: "leaf", notAfter: "2027-11-29T00:00:00Z" }),
    },
    {
      of: "a leaf with a fixed end that is far",
      resource: certificate({ profile: "leaf", notAfter: "2028-11-29T00:00:00Z" }),
      says: /valid for 731d/,
    },
    {
      of: "a leaf that begins later",
      resource: certificate({
        profile: "leaf",
        notBefore: "2028-11-01T00:00:00Z",
        notAfter: "2028-11-29T00:00:00Z",
      }),
    },
    {
      of: "a leaf that begins with its issuer, which began a month ago",
      resource: certificate({
        profile: "leaf",
        issuer: { certificatePem: await issueRoot({ now: new Date("2026-10-29T00:00:00Z") }) },
        ...{ notBefore: "1950-01-01T00:00:00Z", notAfter: "2027-11-01T00:00:00Z" },
      }),
    },
    {
      of: "a leaf that begins with its issuer, which began a year ago",
      resource: certificate({
        profile: "leaf",
        issuer: { certificatePem: await issueRoot({ now: new Date("2025-11-29T00:00:00Z") }) },
        ...{ notBefore: "1950-01-01T00:00:00Z", notAfter: "2027-11-01T00:00:00Z" },
      }),
      says: /valid for 702d/,
    },
    { of: "a lifetime that is not known yet", resource: certificate({ profile: "leaf", validity: UNKNOWN }) },
    {
      of: "an adopted root by its own dates",
      resource: await adopting(tenYears, { profile: "root", validity: "24h" }),
      settings: { root: "3649d" },
      says: /valid for 3650d/,
    },
    { of: "an adopted root within the limit", resource: await adopting(tenYears, { profile: "root" }) },
  ]);
});

void describe("The rule path-lengths", async () => {
  const unlimited = issueRoot({ pathLength: "unlimited" });
  judges("path-lengths", [
    { of: "a root with the default path length", resource: certificate({ profile: "root" }) },
    { of: "an intermediate with the default path length", resource: certificate({ profile: "intermediate" }) },
    { of: "a leaf", resource: certificate({ profile: "leaf" }) },
    { of: "a root over any number of CAs", resource: certificate({ profile: "root", pathLength: "unlimited" }) },
    {
      of: "a root over three CAs where one is the limit",
      resource: certificate({ profile: "root", pathLength: 3 }),
      settings: { root: 1 },
      says: /^3 CAs may/,
    },
    {
      of: "a root with the default path length where one is the limit",
      resource: certificate({ profile: "root" }),
      settings: { root: 1 },
    },
    {
      of: "an intermediate without a limit",
      resource: certificate({ profile: "intermediate", pathLength: "unlimited" }),
      says: /^any number of CAs/,
    },
    {
      of: "an intermediate over one CA that the configuration allows",
      resource: certificate({ profile: "intermediate", pathLength: 1 }),
      settings: { intermediate: 1 },
    },
    {
      of: "an adopted root by its own path length",
      resource: await adopting(unlimited, { profile: "root", pathLength: 1 }),
      settings: { root: 1 },
      says: /^any number of CAs/,
    },
    {
      of: "an adopted root within the limit",
      resource: await adopting(issueRoot(), { profile: "root" }),
      settings: { root: 1 },
    },
    {
      of: "a path length that is not known yet",
      resource: certificate({ profile: "root", pathLength: UNKNOWN as "unlimited" }),
    },
  ]);
});

void describe("The rule required-name-constraints", async () => {
  const above = { certificatePem: await issueRoot() };
  const constrained = { permitted: { dnsDomains: ["example.com"] } };
  const intermediate = (inputs: object): DeclaredResource => certificate({ profile: "intermediate", ...inputs });
  judges("required-name-constraints", [
    { of: "a root", resource: certificate({ profile: "root" }) },
    { of: "a leaf", resource: certificate({ profile: "leaf", issuer: above }) },
    { of: "an intermediate without constraints", resource: intermediate({ issuer: above }), says: /dnsDomains/ },
    { of: "an intermediate with constraints", resource: intermediate({ issuer: above, nameConstraints: constrained }) },
    {
      of: "an intermediate below a CA with constraints",
      resource: intermediate({ issuer: { ...above, nameConstraints: [constrained] } }),
    },
    {
      of: "an intermediate that is permitted every domain",
      resource: intermediate({ nameConstraints: { permitted: { dnsDomains: ["example.com", ""] } } }),
      says: /dnsDomains/,
    },
    {
      of: "an intermediate from which every domain is excluded",
      resource: intermediate({ nameConstraints: { excluded: { dnsDomains: [""] } } }),
    },
    {
      of: "an intermediate from which one domain is excluded",
      resource: intermediate({ nameConstraints: { excluded: { dnsDomains: ["example.com"] } } }),
      says: /dnsDomains/,
    },
    {
      of: "an intermediate that is limited in one kind of names of two",
      resource: intermediate({ nameConstraints: constrained }),
      settings: { kinds: ["dnsDomains", "ipRanges"] },
      says: /any names: ipRanges\./,
    },
    {
      of: "an intermediate from which all addresses are excluded",
      resource: intermediate({ nameConstraints: { excluded: { ipRanges: ["0.0.0.0/0", "::/0"] } } }),
      settings: { kinds: ["ipRanges"] },
    },
    ...["0.0.0.0/0", "::/0", "0::0/0", "0:0:0:0:0:0:0:0/0"].map((range) => ({
      of: `an intermediate that is permitted ${range}`,
      resource: intermediate({ nameConstraints: { permitted: { ipRanges: ["10.0.0.0/8", range] } } }),
      settings: { kinds: ["ipRanges"] },
      says: /ipRanges/,
    })),
    {
      of: "an intermediate from which all addresses are excluded, written at length",
      resource: intermediate({ nameConstraints: { excluded: { ipRanges: ["0.0.0.0/0", "0::/0"] } } }),
      settings: { kinds: ["ipRanges"] },
    },
    { of: "constraints that are not known yet", resource: intermediate({ nameConstraints: UNKNOWN }) },
    {
      of: "constraints above that are not known yet",
      resource: intermediate({ issuer: { ...above, nameConstraints: UNKNOWN } }),
    },
    {
      of: "an adopted intermediate by its own constraints",
      resource: await adopting(issueRoot({ nameConstraints: constrained }), { profile: "intermediate" }),
    },
    {
      of: "an adopted intermediate without constraints of its own",
      resource: await adopting(issueRoot(), { profile: "intermediate", nameConstraints: constrained }),
      says: /dnsDomains/,
    },
  ]);
});

void describe("The rule root-in-hardware", async () => {
  const [root, below] = await Promise.all([
    issueRoot(),
    issueRoot().then((issuerPem) => issue({ issuerPem, profile: "intermediate", subject: { commonName: "Below" } })),
  ]);
  const signed = (uri: string, inputs: object = { profile: "root" }): DeclaredResource =>
    certificate({ ...inputs, signingKey: { uri, algorithm: "ECDSA_P256" } });
  const FILE = "softkms:path=keys/root.pem";
  judges("root-in-hardware", [
    { of: "a root in a YubiKey", resource: signed("yubikey:slot-id=9c") },
    { of: "a root in AWS KMS", resource: signed("awskms:key-id=1b0e5a3c-1111-2222-3333-444455556666") },
    {
      of: "a root in Cloud KMS",
      resource: signed("projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"),
    },
    { of: "a root in a token", resource: signed("pkcs11:token=ca;object=root") },
    { of: "a root in a file", resource: signed(FILE), says: /is in softkms/ },
    { of: "a root whose key is not known yet", resource: signed(UNKNOWN) },
    { of: "a root in a file that the configuration allows", resource: signed(FILE), settings: { kms: ["softkms"] } },
    {
      of: "a root in a token where only AWS KMS is allowed",
      resource: signed("pkcs11:token=ca;object=root"),
      settings: { kms: ["awskms"] },
      says: /is in pkcs11\. Move it to one of awskms\./,
    },
    {
      of: "an intermediate that an existing root in a file signs",
      resource: signed(FILE, { profile: "intermediate", issuer: { certificatePem: root } }),
      says: /is in softkms/,
    },
    {
      of: "an intermediate that another intermediate in a file signs",
      resource: signed(FILE, { profile: "intermediate", issuer: { certificatePem: below } }),
    },
    {
      of: "an intermediate whose issuer is not known yet",
      resource: signed(FILE, { profile: "intermediate", issuer: { certificatePem: UNKNOWN } }),
    },
    {
      of: "an intermediate that an issuer elsewhere signs",
      resource: signed(FILE, { profile: "intermediate", answerPem: below }),
    },
  ]);
});

void describe("Every rule", () => {
  for (const { name, settings } of RULES) {
    void it(`refuses a setting that it does not have, once in a run: ${name}`, () => {
      const wrong = { ...Object.fromEntries(Object.keys(settings).map((each) => [each, []])), exept: ["it"] };
      const [found = "", ...others] = problems(name, declared("pulumi:pulumi:Stack", {}), wrong);
      assert.match(found, /^"exept" is no setting of this rule\. .*except/);
      assert.deepEqual(others, []);
      assert.doesNotMatch(problems(name, declared("SoftKey", {}), { exept: ["it"] }).join(), /exept/);
    });
  }
});
