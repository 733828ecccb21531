import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProblem, type Problem, refuseProblems } from "../../provider/words/problem";
import { withCode } from "../fixtures/withCode";

const COUNTRY: Problem = {
  code: "COUNTRY_INVALID",
  property: "subject.country",
  reason: '"ch" is not a country code',
  remedy: "Give two capital letters",
};
const VALIDITY: Problem = { code: "VALIDITY_INVALID", property: "validity", reason: "it is 0", remedy: "Lengthen it" };

void describe("A problem", () => {
  void it("is described by its code, reason and remedy, without its property", () => {
    assert.equal(describeProblem(COUNTRY), 'COUNTRY_INVALID: "ch" is not a country code. Give two capital letters.');
  });
});

void describe("A list of problems", () => {
  void it("throws all of them at once, each on a line with its property", () => {
    assert.throws(
      () => {
        refuseProblems("The root", [COUNTRY, VALIDITY]);
      },
      {
        code: "INPUT_INVALID",
        message: [
          "INPUT_INVALID: The root has 2 problems:",
          '  subject.country: COUNTRY_INVALID: "ch" is not a country code. Give two capital letters.',
          "  validity: VALIDITY_INVALID: it is 0. Lengthen it.",
          "Nothing was made. Correct the above and run again.",
        ].join("\n"),
      },
    );
  });

  void it("of one uses the singular", () => {
    assert.throws(
      () => {
        refuseProblems("The root", [VALIDITY]);
      },
      withCode("INPUT_INVALID", /^INPUT_INVALID: The root has a problem:\n {2}validity: /),
    );
  });

  void it("throws nothing when it is empty", () => {
    refuseProblems("The root", []);
  });
});
