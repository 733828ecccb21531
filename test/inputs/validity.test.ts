import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNKNOWN } from "../../provider/words/unknown";
import { checkStillToCome, checkValidity, hasFixedEnd, type ValidityInputs } from "../../provider/inputs/validity";
import { found } from "./found";

const NOW = new Date("2026-01-01T00:00:00Z");
const TEN_YEARS = 3650 * 86_400;

void describe("A requested validity", () => {
  const checks: readonly { what: string; inputs: ValidityInputs; expected?: readonly string[] }[] = [
    { what: "nothing", inputs: {} },
    { what: "a beginning in the past", inputs: { notBefore: "2020-01-01T00:00:00Z" } },
    { what: "a beginning in the future", inputs: { notBefore: "2030-01-01T00:00:00Z" } },
    { what: "only an end", inputs: { notAfter: "2030-01-01T00:00:00Z" } },
    { what: "a beginning with a duration", inputs: { notBefore: "2020-01-01T00:00:00Z", validity: "87600h" } },
    { what: "a beginning and an end", inputs: { notBefore: "2020-01-01T00:00:00Z", notAfter: "2030-01-01T00:00:00Z" } },
    { what: "a past end of an issued certificate", inputs: { notAfter: "2020-01-01T00:00:00Z" } },
    { what: "the last possible end", inputs: { notAfter: "9999-12-31T23:59:59Z" } },
    { what: "unknown times", inputs: { validity: UNKNOWN, notBefore: UNKNOWN } },
    { what: "unknown end times", inputs: { notBefore: "2020-01-01T00:00:00Z", notAfter: UNKNOWN } },
    {
      what: "values that are not instants",
      inputs: { notBefore: "yesterday", notAfter: "2030-01-01" },
      expected: ["VALIDITY_INVALID notBefore", "VALIDITY_INVALID notAfter"],
    },
    {
      what: "an end after the year 9999",
      inputs: { notAfter: "9999-12-31T23:59:59-01:00" },
      expected: ["VALIDITY_INVALID notAfter"],
    },
    {
      what: "two ends",
      inputs: { validity: "1h", notAfter: "2030-01-01T00:00:00Z" },
      expected: ["VALIDITY_INVALID notAfter"],
    },
    {
      what: "an end at the beginning",
      inputs: { notBefore: "2030-01-01T00:00:00Z", notAfter: "2030-01-01T01:00:00+01:00" },
      expected: ["VALIDITY_INVALID notAfter"],
    },
    {
      what: "an end before the beginning",
      inputs: { notBefore: "2030-01-01T00:00:01Z", notAfter: "2030-01-01T00:00:00Z" },
      expected: ["VALIDITY_INVALID notAfter"],
    },
    {
      what: "a duration from a beginning to beyond the year 9999",
      inputs: { notBefore: "9999-01-01T00:00:00Z", validity: "365d" },
      expected: ["VALIDITY_INVALID validity"],
    },
    {
      what: "a duration that would reach beyond the year 9999 only from now",
      inputs: { notBefore: "2000-01-01T00:00:00Z", validity: "2921900d" },
    },
    {
      what: "a default validity to beyond the year 9999",
      inputs: { notBefore: "9990-01-04T00:00:00Z" },
      expected: ["VALIDITY_INVALID notBefore"],
    },
    { what: "a share in place of a duration", inputs: { validity: "24h", renewBefore: "1/3" } },
    {
      what: "renewBefore with a fixed beginning, where a renewal would end no later",
      inputs: { notBefore: "2020-01-01T00:00:00Z", renewBefore: "1/3" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
    {
      what: "renewBefore with a fixed end, where a renewal would end no later",
      inputs: { notAfter: UNKNOWN, renewBefore: "30d" },
      expected: ["VALIDITY_INVALID renewBefore"],
    },
  ];
  for (const { what, inputs, expected = [] } of checks) {
    void it(`${expected.length === 0 ? "may be" : "must not be"} ${what}`, () => {
      assert.deepEqual(found(checkValidity(inputs, TEN_YEARS, NOW)), expected);
    });
  }

  void it("has a fixed end when notBefore or notAfter is given", () => {
    assert.equal(hasFixedEnd({ validity: "1h" }), false);
    assert.equal(hasFixedEnd({ notBefore: NOW.toISOString() }), true);
    assert.equal(hasFixedEnd({ notAfter: UNKNOWN }), true);
  });

  for (const { notAfter, expected } of [
    { notAfter: undefined, expected: [] },
    { notAfter: UNKNOWN, expected: [] },
    { notAfter: "2026-01-01T00:00:01Z", expected: [] },
    { notAfter: "2026-01-01T00:00:00Z", expected: ["VALIDITY_INVALID notAfter"] },
    { notAfter: "2025-01-01T00:00:00Z", expected: ["VALIDITY_INVALID notAfter"] },
  ]) {
    void it(`is ${expected.length === 0 ? "accepted" : "refused as past"} with notAfter ${notAfter ?? "left out"}`, () => {
      assert.deepEqual(found(checkStillToCome({ notAfter }, NOW)), expected);
    });
  }
});
