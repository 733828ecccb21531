import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkPolicies, checkPolicyConstraints, checkSkippedCas } from "../../provider/inputs/policies";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

const ID = "1.3.6.1.4.1.99999.1";

void describe("Certificate policies", () => {
  const cases: readonly { what: string; value: unknown; expected?: readonly string[] }[] = [
    { what: "nothing", value: undefined },
    { what: "an empty list", value: [] },
    { what: "unknown", value: UNKNOWN },
    { what: "unknown in parts", value: [UNKNOWN, { id: UNKNOWN, cps: UNKNOWN, userNotice: UNKNOWN }, { id: UNKNOWN }] },
    { what: "several", value: [{ id: ID }, { id: "2.5.29.32.0", cps: ["https://a.example/"], userNotice: "a" }] },
    { what: "a UUID", value: [{ id: "2.25.329800735698586629295641978511506172918" }] },
    { what: "a notice of 200 characters", value: [{ id: ID, userNotice: "é".repeat(200) }] },
    { what: "an object", value: { id: ID }, expected: ["EXTENSION_INVALID p"] },
    { what: "an identifier alone", value: [ID], expected: ["EXTENSION_INVALID p[0]"] },
    { what: "null", value: [null], expected: ["EXTENSION_INVALID p[0]"] },
    { what: "one without an identifier", value: [{}], expected: ["EXTENSION_INVALID p[0].id"] },
    { what: "a name", value: [{ id: "policy" }], expected: ["EXTENSION_INVALID p[0].id"] },
    { what: "an arc of 53 bits", value: [{ id: "1.2.9007199254740993" }], expected: ["EXTENSION_INVALID p[0].id"] },
    { what: "a policy twice", value: [{ id: ID }, { id: ID }], expected: ["EXTENSION_INVALID p[1].id"] },
    { what: "another field", value: [{ id: ID, url: "a" }], expected: ["EXTENSION_INVALID p[0].url"] },
    { what: "a relative URL", value: [{ id: ID, cps: ["cps"] }], expected: ["EXTENSION_INVALID p[0].cps[0]"] },
    { what: "an empty notice", value: [{ id: ID, userNotice: " " }], expected: ["EXTENSION_INVALID p[0].userNotice"] },
    {
      what: "a notice of lines",
      value: [{ id: ID, userNotice: "a\nb" }],
      expected: ["EXTENSION_INVALID p[0].userNotice"],
    },
    {
      what: "half a character",
      value: [{ id: ID, userNotice: "a\ud800" }],
      expected: ["EXTENSION_INVALID p[0].userNotice"],
    },
    {
      what: "a notice of 201 characters",
      value: [{ id: ID, userNotice: "a".repeat(201) }],
      expected: ["EXTENSION_INVALID p[0].userNotice"],
    },
  ];
  for (const { what, value, expected = [] } of cases) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${what}`, () => {
      assert.deepEqual(found(checkPolicies(value, "p")), expected);
    });
  }
});

void describe("Policy constraints", () => {
  const cases: readonly { value: unknown; expected?: readonly string[] }[] = [
    { value: undefined },
    { value: UNKNOWN },
    { value: { requireExplicitPolicy: 0 } },
    { value: { inhibitPolicyMapping: 255, requireExplicitPolicy: UNKNOWN } },
    { value: {}, expected: ["EXTENSION_INVALID p"] },
    { value: 0, expected: ["EXTENSION_INVALID p"] },
    { value: { requireExplicitPolicy: -1 }, expected: ["EXTENSION_INVALID p.requireExplicitPolicy"] },
    { value: { inhibitPolicyMapping: 1.5 }, expected: ["EXTENSION_INVALID p.inhibitPolicyMapping"] },
    { value: { requireExplicitPolicy: 0, explicit: 1 }, expected: ["EXTENSION_INVALID p.explicit"] },
  ];
  for (const { value, expected = [] } of cases) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${JSON.stringify(value)}`, () => {
      assert.deepEqual(found(checkPolicyConstraints(value, "p")), expected);
    });
  }

  void it("count CAs", () => {
    assert.deepEqual(checkSkippedCas(0, "p"), []);
    for (const value of [-1, 256, 0.5, "1", Number.NaN]) {
      assert.deepEqual(found(checkSkippedCas(value, "p")), ["EXTENSION_INVALID p"]);
    }
  });
});
