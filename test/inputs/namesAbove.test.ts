import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { checkNamesAbove, checkNamesBelow } from "../../provider/inputs/namesAbove";
import { UNKNOWN } from "../../provider/words/unknown";
import { issueRoot } from "../x509/issuing";
import { found } from "./found";

const ABOVE = [{ permitted: { dnsDomains: ["example.com"] } }, { excluded: { ipRanges: ["10.0.0.0/8"] } }];

void describe("The names of a certificate below known CAs", () => {
  const cases: readonly { what: string; inputs: Record<string, unknown>; expected?: readonly string[] }[] = [
    { what: "without an issuer", inputs: { dnsNames: ["a.example.org"] } },
    { what: "below an unknown issuer", inputs: { dnsNames: ["a.example.org"], issuer: UNKNOWN } },
    {
      what: "below an issuer of which nothing is known",
      inputs: { dnsNames: ["a.example.org"], issuer: { certificatePem: UNKNOWN, nameConstraints: UNKNOWN } },
    },
    { what: "that all permit", inputs: { dnsNames: ["a.example.com"], issuer: { nameConstraints: ABOVE } } },
    {
      what: "that one of them does not permit",
      inputs: {
        dnsNames: ["a.example.com", "a.example.org"],
        ipAddresses: ["10.0.0.1"],
        issuer: { nameConstraints: ABOVE },
      },
      expected: ["NAME_NOT_PERMITTED dnsNames[1]", "NAME_NOT_PERMITTED ipAddresses[0]"],
    },
    {
      what: "some of which are unknown",
      inputs: {
        ...{ dnsNames: [UNKNOWN, "a.example.org"], ipAddresses: UNKNOWN, subject: { commonName: UNKNOWN } },
        issuer: { nameConstraints: ABOVE },
      },
      expected: ["NAME_NOT_PERMITTED dnsNames[1]"],
    },
    {
      what: "whose host may be among unknown names",
      inputs: { dnsNames: UNKNOWN, subject: { commonName: "a.example.org" }, issuer: { nameConstraints: ABOVE } },
    },
    {
      what: "below constraints that are partly unknown",
      inputs: {
        ...{ dnsNames: ["a.example.org"], ipAddresses: ["10.0.0.1"] },
        issuer: {
          nameConstraints: [
            { permitted: { dnsDomains: ["example.com", UNKNOWN] }, excluded: { ipRanges: [UNKNOWN, "10.0.0.0/8"] } },
            UNKNOWN,
          ],
        },
      },
      expected: ["NAME_NOT_PERMITTED ipAddresses[0]"],
    },
    {
      what: "below constraints that are wrong themselves",
      inputs: { dnsNames: ["a.example.org"], issuer: { nameConstraints: [{ permitted: { dnsDomains: [1] } }, null] } },
    },
    {
      what: "that are wrong themselves",
      inputs: { dnsNames: [1, null], subject: { country: 5 }, issuer: { nameConstraints: ABOVE } },
    },
    {
      what: "with constraints of their own outside",
      inputs: { nameConstraints: { permitted: { dnsDomains: ["example.org"] } }, issuer: { nameConstraints: ABOVE } },
      expected: ["NAME_NOT_PERMITTED nameConstraints.permitted.dnsDomains[0]"],
    },
  ];
  for (const { what, inputs, expected = [] } of cases) {
    void it(`are ${expected.length === 0 ? "allowed" : "refused"} ${what}`, () => {
      assert.deepEqual(found(checkNamesAbove(inputs, false)), expected);
    });
  }
});

void describe("A CA's certificate", () => {
  let certificatePem: string;
  before(async () => {
    certificatePem = await issueRoot({ nameConstraints: { permitted: { dnsDomains: ["example.com"] } } });
  });

  void it("constrains what is below it, whatever the program declares", () => {
    const inputs = { dnsNames: ["a.example.org"], issuer: { certificatePem } };
    assert.deepEqual(found(checkNamesAbove(inputs, false)), ["NAME_NOT_PERMITTED dnsNames[0]"]);
  });

  void it("is not counted beside its declaration", () => {
    const nameConstraints = [{ permitted: { dnsDomains: ["example.com"] }, excluded: {} }];
    const inputs = { dnsNames: ["a.example.org"], issuer: { certificatePem, nameConstraints } };
    assert.equal(checkNamesAbove(inputs, false).length, 1);
  });

  void it("constrains the names that it certifies later", () => {
    const problems = checkNamesBelow({ dnsNames: ["localhost"] }, { certificatePem }, (property) => `x.${property}`);
    assert.deepEqual(found(problems), ["NAME_NOT_PERMITTED x.dnsNames[0]"]);
  });
});
