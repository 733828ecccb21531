import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { checkInstant, formatInstant, parseInstant } from "../../provider/inputs/instant";
import { UNKNOWN } from "../../provider/inputs/unknown";
import { found } from "./found";

void describe("An instant", () => {
  const readings: readonly { text: string; utc: string | undefined }[] = [
    { text: "2026-01-31T12:00:00Z", utc: "2026-01-31T12:00:00Z" },
    { text: "2026-01-31T13:00:00+01:00", utc: "2026-01-31T12:00:00Z" },
    { text: "2026-01-31T23:30:00-05:30", utc: "2026-02-01T05:00:00Z" },
    { text: "2028-02-29T00:00:00Z", utc: "2028-02-29T00:00:00Z" },
    { text: "1969-12-31T23:59:59Z", utc: "1969-12-31T23:59:59Z" },
    { text: "9999-12-31T23:59:59Z", utc: "9999-12-31T23:59:59Z" },
    { text: "2026-02-29T00:00:00Z", utc: undefined },
    { text: "2026-04-31T00:00:00Z", utc: undefined },
    { text: "2026-13-01T00:00:00Z", utc: undefined },
    { text: "2026-00-01T00:00:00Z", utc: undefined },
    { text: "2026-01-00T00:00:00Z", utc: undefined },
    { text: "2026-01-01T24:00:00Z", utc: undefined },
    { text: "2026-01-01T00:60:00Z", utc: undefined },
    { text: "2026-01-01T00:00:60Z", utc: undefined },
    { text: "2026-01-01T00:00:00+24:00", utc: undefined },
    { text: "2026-01-01T00:00:00+01:60", utc: undefined },
    { text: "2026-01-01T00:00:00.5Z", utc: undefined },
    { text: "2026-01-01T00:00:00", utc: undefined },
    { text: "2026-01-01", utc: undefined },
    { text: "2026-01-01 00:00:00 +0000 UTC", utc: undefined },
    { text: " 2026-01-01T00:00:00Z", utc: undefined },
    { text: "2026-01-01T00:00:00Z\n", utc: undefined },
    { text: "", utc: undefined },
  ];
  for (const { text, utc } of readings) {
    void it(`of ${JSON.stringify(text)} is ${utc ?? "none"}`, () => {
      const instant = parseInstant(text);
      assert.equal(instant === undefined ? undefined : formatInstant(instant), utc);
    });
  }

  const checks: readonly { value: unknown; valid: boolean }[] = [
    { value: undefined, valid: true },
    { value: UNKNOWN, valid: true },
    { value: "2026-01-31T12:00:00Z", valid: true },
    { value: "2026-01-31", valid: false },
    { value: 1_767_225_600, valid: false },
    { value: new Date(0), valid: false },
    { value: null, valid: false },
  ];
  for (const { value, valid } of checks) {
    void it(`is checked: ${inspect(value)} is ${valid ? "accepted" : "VALIDITY_INVALID"}`, () => {
      assert.deepEqual(found(checkInstant(value, "start")), valid ? [] : ["VALIDITY_INVALID start"]);
    });
  }
});
