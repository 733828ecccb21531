import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkInstant, parseInstant } from "../../provider/words/instant";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "../inputs/found";

void describe("An instant", () => {
  const instants: readonly { text: string; expected: string | undefined }[] = [
    { text: "2027-01-31T12:00:00Z", expected: "2027-01-31T12:00:00.000Z" },
    { text: "2027-01-31T12:00:00+01:30", expected: "2027-01-31T10:30:00.000Z" },
    { text: "2027-01-31T23:59:59-05:00", expected: "2027-02-01T04:59:59.000Z" },
    { text: "2028-02-29T00:00:00Z", expected: "2028-02-29T00:00:00.000Z" },
    { text: "2027-01-31T12:00:00.999999Z", expected: "2027-01-31T12:00:00.000Z" },
    { text: "0001-01-01T00:00:00Z", expected: "0001-01-01T00:00:00.000Z" },
    { text: "2027-02-29T00:00:00Z", expected: undefined },
    { text: "2027-04-31T00:00:00Z", expected: undefined },
    { text: "2027-13-01T00:00:00Z", expected: undefined },
    { text: "2027-00-01T00:00:00Z", expected: undefined },
    { text: "2027-01-31T24:00:00Z", expected: undefined },
    { text: "2027-01-31T12:60:00Z", expected: undefined },
    { text: "2027-01-31T12:00:60Z", expected: undefined },
    { text: "2027-01-31T12:00:00+25:00", expected: undefined },
    { text: "2027-01-31T12:00:00", expected: undefined },
    { text: "2027-01-31T12:00Z", expected: undefined },
    { text: "2027-01-31", expected: undefined },
    { text: "2027-01-31 12:00:00Z", expected: undefined },
    { text: "10000-01-01T00:00:00Z", expected: undefined },
    { text: "1801396800", expected: undefined },
    { text: "Sun, 31 Jan 2027 12:00:00 GMT", expected: undefined },
    { text: " 2027-01-31T12:00:00Z", expected: undefined },
    { text: "", expected: undefined },
  ];
  for (const { text, expected } of instants) {
    void it(`is ${expected ?? "not"} read from "${text}"`, () => {
      assert.equal(parseInstant(text)?.toISOString(), expected);
    });
  }

  const checks: readonly { value: unknown; refused?: boolean }[] = [
    { value: undefined },
    { value: UNKNOWN },
    { value: "1950-01-01T00:00:00Z" },
    { value: "9999-12-31T23:59:59Z" },
    { value: "1949-12-31T23:59:59Z", refused: true },
    { value: "1950-01-01T00:00:00+01:00", refused: true },
    { value: "9999-12-31T23:59:59-00:01", refused: true },
    { value: "tomorrow", refused: true },
    { value: 1_801_396_800, refused: true },
    { value: null, refused: true },
  ];
  for (const { value, refused = false } of checks) {
    void it(`${refused ? "must not" : "may"} be ${value === undefined ? "left out" : JSON.stringify(value)}`, () => {
      assert.deepEqual(found(checkInstant(value, "notBefore")), refused ? ["VALIDITY_INVALID notBefore"] : []);
    });
  }
});
