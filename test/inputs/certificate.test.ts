import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCertificate } from "../../provider/inputs/certificate";
import { UNKNOWN } from "../../provider/words/unknown";
import { KEY_USAGES } from "../../provider/x509/profiles";
import { found } from "./found";

const NOW = new Date("2026-01-01T00:00:00Z");
const ROOT = { profile: "root", subject: { commonName: "Root" } };
const LEAF = { profile: "leaf", dnsNames: ["a.example"] };
const CROSS = { profile: "cross", crossOf: "pem" };

void describe("A certificate's inputs", () => {
  const checks: readonly { what: string; inputs: Record<string, unknown>; expected?: readonly string[] }[] = [
    { what: "a root with only a name", inputs: ROOT },
    { what: "an intermediate with only a name", inputs: { ...ROOT, profile: "intermediate" } },
    { what: "a leaf with only a DNS name", inputs: LEAF },
    { what: "a leaf with only a subject", inputs: { profile: "leaf", subject: { commonName: "a" } } },
    { what: "a leaf whose names are unknown", inputs: { profile: "leaf", uris: UNKNOWN } },
    { what: "an unknown profile", inputs: { profile: UNKNOWN, validity: "?" } },
    {
      what: "unknown values everywhere",
      inputs: {
        profile: "leaf",
        subject: UNKNOWN,
        validity: UNKNOWN,
        pathLength: UNKNOWN,
        keyUsages: UNKNOWN,
        extendedKeyUsages: UNKNOWN,
        dnsNames: UNKNOWN,
        ipAddresses: [UNKNOWN],
        notBefore: UNKNOWN,
        renewBefore: undefined,
      },
    },
    {
      what: "a misspelled profile",
      inputs: { ...ROOT, profile: "Root" },
      expected: ["INPUT_INVALID profile"],
    },
    { what: "no profile", inputs: { subject: ROOT.subject }, expected: ["INPUT_INVALID profile"] },
    {
      what: "a profile named like a property of every object",
      inputs: { ...ROOT, profile: "constructor" },
      expected: ["INPUT_INVALID profile"],
    },
    { what: "a CA without a subject", inputs: { profile: "root" }, expected: ["SUBJECT_INVALID subject"] },
    {
      what: "a CA with only alternative names",
      inputs: { profile: "intermediate", dnsNames: ["ca.example"] },
      expected: ["SUBJECT_INVALID subject"],
    },
    { what: "a leaf without any name", inputs: { profile: "leaf" }, expected: ["SUBJECT_INVALID subject"] },
    {
      what: "a leaf with an empty list of names",
      inputs: { profile: "leaf", dnsNames: [], ipAddresses: [] },
      expected: ["SUBJECT_INVALID subject"],
    },
    { what: "path length 0", inputs: { ...ROOT, pathLength: 0 } },
    { what: "path length 255", inputs: { ...ROOT, pathLength: 255 } },
    { what: "an unlimited path length", inputs: { ...ROOT, pathLength: "unlimited" } },
    { what: "path length -1", inputs: { ...ROOT, pathLength: -1 }, expected: ["PATH_LENGTH_VIOLATED pathLength"] },
    { what: "path length 256", inputs: { ...ROOT, pathLength: 256 }, expected: ["PATH_LENGTH_VIOLATED pathLength"] },
    { what: "path length 1.5", inputs: { ...ROOT, pathLength: 1.5 }, expected: ["PATH_LENGTH_VIOLATED pathLength"] },
    { what: 'path length "1"', inputs: { ...ROOT, pathLength: "1" }, expected: ["PATH_LENGTH_VIOLATED pathLength"] },
    {
      what: "a path length for a leaf",
      inputs: { ...LEAF, pathLength: 0 },
      expected: ["PATH_LENGTH_VIOLATED pathLength"],
    },
    { what: "a CA with keyCertSign among others", inputs: { ...ROOT, keyUsages: ["digitalSignature", "keyCertSign"] } },
    {
      what: "a CA without keyCertSign",
      inputs: { ...ROOT, keyUsages: ["cRLSign"] },
      expected: ["EXTENSION_INVALID keyUsages"],
    },
    { what: "a CA whose key usages are partly unknown", inputs: { ...ROOT, keyUsages: ["cRLSign", UNKNOWN] } },
    {
      what: "a leaf with keyCertSign",
      inputs: { ...LEAF, keyUsages: ["digitalSignature", "keyCertSign"] },
      expected: ["EXTENSION_INVALID keyUsages"],
    },
    {
      what: "every key usage for a leaf",
      inputs: { ...LEAF, keyUsages: KEY_USAGES.filter((u) => u !== "keyCertSign") },
    },
    { what: "no key usage for a CA", inputs: { ...ROOT, keyUsages: [] }, expected: ["EXTENSION_INVALID keyUsages"] },
    { what: "no key usage for a leaf", inputs: { ...LEAF, keyUsages: [] }, expected: ["EXTENSION_INVALID keyUsages"] },
    {
      what: "a key usage in the wrong case",
      inputs: { ...LEAF, keyUsages: ["digitalsignature"] },
      expected: ["EXTENSION_INVALID keyUsages"],
    },
    {
      what: "key usages that are not a list",
      inputs: { ...LEAF, keyUsages: "digitalSignature" },
      expected: ["EXTENSION_INVALID keyUsages"],
    },
    { what: "no extended key usage", inputs: { ...LEAF, extendedKeyUsages: [] } },
    {
      what: "extended key usages by name and object identifier",
      inputs: { ...LEAF, extendedKeyUsages: ["OCSPSigning", "2.5.29.37.0", "1.3.6.1.4.1.311.20.2.2", "2.999"] },
    },
    {
      what: "invalid extended key usages",
      inputs: { ...LEAF, extendedKeyUsages: ["serverauth", "1", "3.1", "1.40.1", "1.03", "1.2.", "toString", 5] },
      expected: Array.from({ length: 8 }, () => "EXTENSION_INVALID extendedKeyUsages"),
    },
    {
      what: "extended key usages that are not a list",
      inputs: { ...LEAF, extendedKeyUsages: "serverAuth" },
      expected: ["EXTENSION_INVALID extendedKeyUsages"],
    },
    { what: "renewBefore below the validity", inputs: { ...ROOT, validity: "24h", renewBefore: "8h" } },
    {
      what: "renewBefore equal to the validity",
      inputs: { ...ROOT, validity: "24h", renewBefore: "1d" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
    {
      what: "renewBefore beyond the validity",
      inputs: { ...ROOT, validity: "24h", renewBefore: "1d1s" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
    {
      what: "renewBefore equal to the profile's validity",
      inputs: { ...LEAF, renewBefore: "24h" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
    { what: "renewBefore under an unknown validity", inputs: { ...LEAF, validity: UNKNOWN, renewBefore: "48h" } },
    {
      what: "renewBefore that is not a duration",
      inputs: { ...ROOT, renewBefore: "1y" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
    {
      what: "an invalid validity, which is one problem and not two",
      inputs: { ...ROOT, validity: "1y", renewBefore: "30d" },
      expected: ["VALIDITY_INVALID validity"],
    },
    {
      what: "a validity that overflows",
      inputs: { ...ROOT, validity: "2562048000h" },
      expected: ["VALIDITY_INVALID validity"],
    },
    { what: "a cross certificate with nothing else", inputs: CROSS },
    { what: "a cross certificate of an unknown root", inputs: { ...CROSS, crossOf: UNKNOWN } },
    {
      what: "a cross certificate with times and a larger path length",
      inputs: { ...CROSS, notBefore: "2025-01-01T00:00:00Z", notAfter: "2030-01-01T00:00:00Z", pathLength: 2 },
    },
    { what: "a cross certificate with an unlimited path length", inputs: { ...CROSS, pathLength: "unlimited" } },
    {
      what: "a cross certificate with path length 0, below which no intermediate fits",
      inputs: { ...CROSS, pathLength: 0 },
      expected: ["PATH_LENGTH_VIOLATED pathLength"],
    },
    {
      what: "a cross certificate with properties of its own",
      inputs: {
        ...{ ...CROSS, subject: { commonName: "a" }, keyUsages: ["keyCertSign"], extendedKeyUsages: ["serverAuth"] },
        ...{ dnsNames: ["a.example"], ipAddresses: ["::1"], emailAddresses: ["a@a.example"], uris: ["a:b"] },
      },
      expected: [
        ...["subject", "keyUsages", "extendedKeyUsages", "dnsNames", "ipAddresses", "emailAddresses", "uris"].map(
          (property) => `INPUT_INVALID ${property}`,
        ),
      ],
    },
    {
      what: "crossOf with another profile",
      inputs: { ...ROOT, crossOf: "pem" },
      expected: ["INPUT_INVALID profile"],
    },
    {
      what: "the profile of a cross certificate without crossOf",
      inputs: { profile: "cross", subject: { commonName: "a" } },
      expected: ["INPUT_INVALID profile"],
    },
    {
      what: "everything that a CA says of what it issues",
      inputs: {
        ...{ ...ROOT, nameConstraints: { permitted: { dnsDomains: ["a.example"] } }, inhibitAnyPolicy: 0 },
        ...{ policyConstraints: { requireExplicitPolicy: 0 }, policies: [{ id: "1.2.3" }], tlsFeatures: [5] },
      },
    },
    {
      what: "what only a CA may say, in a leaf",
      inputs: {
        ...{ ...LEAF, nameConstraints: { permitted: { dnsDomains: ["a.example"] } }, inhibitAnyPolicy: 0 },
        policyConstraints: { requireExplicitPolicy: 0 },
      },
      expected: ["nameConstraints", "policyConstraints", "inhibitAnyPolicy"].map((name) => `EXTENSION_INVALID ${name}`),
    },
    { what: "the constraints of a cross certificate", inputs: { ...CROSS, inhibitAnyPolicy: 0, policies: [] } },
    {
      what: "names or TLS features of its own in a cross certificate",
      inputs: { ...CROSS, otherNames: [], tlsFeatures: [5] },
      expected: ["INPUT_INVALID otherNames", "INPUT_INVALID tlsFeatures"],
    },
    {
      what: "a name of another kind beside a subject",
      inputs: { profile: "leaf", subject: { commonName: "a" }, otherNames: [{ oid: "1.2.3", utf8String: "a" }] },
    },
    {
      what: "a name of another kind beside a DNS name",
      inputs: { ...LEAF, otherNames: [{ oid: "1.2.3", utf8String: "a" }] },
    },
    {
      what: "a name of another kind alone, which Go refuses",
      inputs: { profile: "leaf", otherNames: [{ oid: "1.2.3", utf8String: "a" }] },
      expected: ["SAN_INVALID otherNames"],
    },
    {
      what: "a name outside the constraints of its issuer",
      inputs: { ...LEAF, issuer: { nameConstraints: [{ permitted: { dnsDomains: ["b.example"] } }] } },
      expected: ["NAME_NOT_PERMITTED dnsNames[0]"],
    },
    {
      what: "a common name outside the constraints of its issuer, if it is a CA's",
      inputs: {
        ...{ profile: "intermediate", subject: { commonName: "ca.example" } },
        issuer: { nameConstraints: [{ permitted: { dnsDomains: ["b.example"] } }] },
      },
    },
    {
      what: "many problems at once",
      inputs: {
        profile: "root",
        subject: { country: "ch" },
        validity: "0h",
        pathLength: -1,
        keyUsages: ["x"],
        extendedKeyUsages: ["x"],
        dnsNames: ["-"],
        renewBefore: "x",
      },
      expected: [
        "COUNTRY_INVALID subject.country",
        "PATH_LENGTH_VIOLATED pathLength",
        "EXTENSION_INVALID keyUsages",
        "EXTENSION_INVALID keyUsages",
        "EXTENSION_INVALID extendedKeyUsages",
        "SAN_INVALID dnsNames[0]",
        "VALIDITY_INVALID validity",
        "VALIDITY_INVALID renewBefore",
      ],
    },
  ];
  for (const { what, inputs, expected = [] } of checks) {
    void it(`${expected.length === 0 ? "may hold" : "must not hold"} ${what}`, () => {
      assert.deepEqual(found(checkCertificate(inputs, NOW)), expected);
    });
  }
});
