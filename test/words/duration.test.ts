import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { checkDuration, formatDuration, LAST_INSTANT, parseDuration } from "../../provider/words/duration";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "../inputs/found";

const NOW = new Date("2026-01-01T00:00:00Z");

void describe("A duration", () => {
  const readings: readonly { text: string; seconds: number | undefined }[] = [
    { text: "87600h", seconds: 315_360_000 },
    { text: "1h30m", seconds: 5_400 },
    { text: "1d2h3m4s", seconds: 93_784 },
    { text: "30d", seconds: 2_592_000 },
    { text: "0h", seconds: 0 },
    { text: "", seconds: undefined },
    { text: "24", seconds: undefined },
    { text: "h", seconds: undefined },
    { text: "1y", seconds: undefined },
    { text: "1M", seconds: undefined },
    { text: "1.5h", seconds: undefined },
    { text: "-1h", seconds: undefined },
    { text: "1h 30m", seconds: undefined },
    { text: " 1h", seconds: undefined },
    { text: "1h\n", seconds: undefined },
    { text: "1h30", seconds: undefined },
  ];
  for (const { text, seconds } of readings) {
    void it(`of ${JSON.stringify(text)} is ${seconds === undefined ? "refused" : `${String(seconds)} s`}`, () => {
      assert.equal(parseDuration(text), seconds);
    });
  }

  const writings: readonly { seconds: number; text: string }[] = [
    { seconds: 0, text: "0s" },
    { seconds: 59, text: "59s" },
    { seconds: 5_400, text: "1h30m" },
    { seconds: 93_784, text: "1d2h3m4s" },
    { seconds: 2_592_000, text: "30d" },
  ];
  for (const { seconds, text } of writings) {
    void it(`of ${String(seconds)} s is written ${text}, and read back`, () => {
      assert.equal(formatDuration(seconds), text);
      assert.equal(parseDuration(text), seconds);
    });
  }

  const checks: readonly { value: unknown; reason?: RegExp }[] = [
    { value: undefined },
    { value: UNKNOWN },
    { value: "87600h" },
    { value: "1h30m" },
    { value: "1s" },
    { value: "0h", reason: /^"0h" is not positive$/ },
    { value: "0d0s", reason: /not positive/ },
    { value: "-1h", reason: /^"-1h" is not a duration$/ },
    { value: "1y", reason: /not a duration/ },
    { value: "1.5h", reason: /not a duration/ },
    { value: "", reason: /not a duration/ },
    { value: 24, reason: /^24 is not a duration$/ },
    { value: null, reason: /not a duration/ },
    { value: ["24h"], reason: /not a duration/ },
    { value: "2562048000h", reason: /after 9999/ },
    { value: `${"9".repeat(400)}h`, reason: /after 9999/ },
  ];
  for (const { value, reason } of checks) {
    const shown = inspect(value).slice(0, 40);
    void it(`is checked: ${shown} is ${reason === undefined ? "accepted" : "VALIDITY_INVALID"}`, () => {
      const problems = checkDuration(value, "validity", NOW);
      assert.deepEqual(found(problems), reason === undefined ? [] : ["VALIDITY_INVALID validity"]);
      if (reason !== undefined) {
        assert.match(problems[0]?.reason ?? "", reason);
      }
    });
  }

  void it("may end in the last second that a certificate can express, but not later", () => {
    const seconds = (LAST_INSTANT.getTime() - NOW.getTime()) / 1000;
    assert.deepEqual(checkDuration(`${String(seconds)}s`, "validity", NOW), []);
    assert.deepEqual(found(checkDuration(`${String(seconds + 1)}s`, "validity", NOW)), ["VALIDITY_INVALID validity"]);
  });
});
