import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDatabase } from "../../provider/inputs/database";
import { DATABASE_TYPES } from "../../provider/stepca/database";
import { UNKNOWN } from "../../provider/words/unknown";

/** The properties with problems. */
function wrong(fields: Readonly<Record<string, unknown>>): string[] {
  return checkDatabase(fields, DATABASE_TYPES, "database").map(({ property }) => property);
}

void describe("The database of step-ca", () => {
  for (const fields of [
    { type: "postgresql" },
    { type: "mysql", name: "step_ca", urlFile: ".secrets/database url" },
    { type: "mysql", name: "stepca", url: "stepca@tcp(db:3306)/" },
    { type: "postgresql", name: null, urlEnvironment: "DATABASE_URL" },
    { type: UNKNOWN, name: UNKNOWN, urlFile: UNKNOWN, urlEnvironment: undefined },
  ]) {
    void it(`is accepted as ${JSON.stringify(fields)}`, () => {
      assert.deepEqual(wrong(fields), []);
    });
  }

  for (const [fields, property] of [
    [{}, "type"],
    [{ type: "badgerv2" }, "type"],
    [{ type: "PostgreSQL" }, "type"],
    [{ type: "mysql", name: "a b" }, "name"],
    [{ type: "mysql", name: "" }, "name"],
    [{ type: "mysql", urlEnvironment: "A-B" }, "urlEnvironment"],
    [{ type: "mysql", urlFile: "" }, "urlFile"],
    [{ type: "mysql", urlFile: "a", urlEnvironment: "B" }, "urlFile"],
    [{ type: "mysql", url: 7 }, "url"],
    [{ type: "mysql", url: "u@tcp(db)/x", urlEnvironment: "B" }, "url"],
  ] as const) {
    void it(`is refused as ${JSON.stringify(fields)}`, () => {
      assert.deepEqual(wrong(fields), [`database.${property}`]);
    });
  }

  void it("is refused, and not repeated, when the secret URL is in the place of its place", () => {
    const url = "postgresql://u:s3cret@db/x";
    for (const field of ["type", "name", "urlFile", "urlEnvironment"]) {
      const problems = checkDatabase({ type: "mysql", [field]: url }, DATABASE_TYPES, "database");
      assert.equal(problems.length, 1, field);
      assert.doesNotMatch(JSON.stringify(problems), /s3cret/);
    }
  });
});
