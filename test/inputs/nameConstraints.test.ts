import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkNameConstraints } from "../../provider/inputs/nameConstraints";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

const KINDS: readonly { kind: string; accepted: readonly unknown[]; refused: readonly unknown[] }[] = [
  {
    kind: "dnsDomains",
    accepted: ["example.com", "localhost", "", "_x.example.com"],
    refused: [".example.com", "*.example.com", "a b", "bücher.example", "192.0.2.1", "https://a.example", 1, null],
  },
  {
    kind: "emailAddresses",
    accepted: ["a@example.com", "example.com", ".example.com"],
    refused: ["", "@example.com", "*.example.com", "..example.com", "a b@example.com", 1, null],
  },
  {
    kind: "ipRanges",
    accepted: ["10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.1/32"],
    refused: ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/255.0.0.0", "a/8", "::/129", "", 1, null],
  },
  {
    kind: "uriDomains",
    accepted: ["example.com", ".example.com"],
    refused: ["", "https://example.com", "example.com:443", "192.0.2.1", "*.example.com", 1, null],
  },
];

void describe("Name constraints", () => {
  for (const { kind, accepted, refused } of KINDS) {
    for (const tree of [...accepted, UNKNOWN]) {
      void it(`may permit ${JSON.stringify(tree)} in ${kind}`, () => {
        assert.deepEqual(checkNameConstraints({ permitted: { [kind]: [tree] } }, "x"), []);
      });
    }
    for (const tree of refused) {
      void it(`must not exclude ${JSON.stringify(tree)} in ${kind}`, () => {
        const problems = found(checkNameConstraints({ excluded: { [kind]: [accepted[0], tree] } }, "x"));
        assert.deepEqual(problems, [`EXTENSION_INVALID x.excluded.${kind}[1]`]);
      });
    }
  }

  const cases: readonly { what: string; value: unknown; expected?: readonly string[] }[] = [
    { what: "nothing", value: undefined },
    { what: "null", value: null },
    { what: "unknown", value: UNKNOWN },
    { what: "an unknown side", value: { permitted: UNKNOWN } },
    { what: "an unknown list", value: { permitted: { dnsDomains: UNKNOWN } } },
    { what: "a directory name", value: { permitted: { directoryNames: [{ country: "CH", organization: "A" }] } } },
    { what: "an object of nothing", value: {}, expected: ["EXTENSION_INVALID x"] },
    { what: "empty lists", value: { permitted: { dnsDomains: [] }, excluded: {} }, expected: ["EXTENSION_INVALID x"] },
    { what: "a list", value: ["example.com"], expected: ["EXTENSION_INVALID x"] },
    { what: "a text", value: "example.com", expected: ["EXTENSION_INVALID x"] },
    { what: "another side", value: { allowed: {} }, expected: ["EXTENSION_INVALID x.allowed"] },
    { what: "another kind", value: { permitted: { dns: [] } }, expected: ["EXTENSION_INVALID x.permitted.dns"] },
    { what: "a side that is a list", value: { permitted: ["a"] }, expected: ["EXTENSION_INVALID x.permitted"] },
    {
      what: "a kind that is a text",
      value: { permitted: { dnsDomains: "a" } },
      expected: ["EXTENSION_INVALID x.permitted.dnsDomains"],
    },
    {
      what: "an empty directory name",
      value: { permitted: { directoryNames: [{}] } },
      expected: ["SUBJECT_INVALID x.permitted.directoryNames[0]"],
    },
    {
      what: "a country that is none",
      value: { excluded: { directoryNames: [{ country: "Suisse" }] } },
      expected: ["COUNTRY_INVALID x.excluded.directoryNames[0].country"],
    },
    {
      what: "what is permitted and excluded",
      value: { permitted: { dnsDomains: ["b.example", "a.example"] }, excluded: { dnsDomains: ["a.example"] } },
      expected: ["EXTENSION_INVALID x.permitted.dnsDomains[1]"],
    },
  ];
  for (const { what, value, expected = [] } of cases) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${what}`, () => {
      assert.deepEqual(found(checkNameConstraints(value, "x")), expected);
    });
  }
});
