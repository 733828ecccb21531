import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkRenewBefore, renewalLead, renewalTime } from "../../provider/inputs/renewal";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

const NOW = new Date("2026-01-01T00:00:00Z");
const DAY = 86_400;

void describe("The lead of a renewal", () => {
  const leads: readonly { renewBefore: string; lifetime: number; seconds: number | undefined }[] = [
    { renewBefore: "1d", lifetime: 30 * DAY, seconds: DAY },
    { renewBefore: "1h30m", lifetime: 30 * DAY, seconds: 5_400 },
    { renewBefore: "1/3", lifetime: 30 * DAY, seconds: 10 * DAY },
    { renewBefore: "2/3", lifetime: 30 * DAY, seconds: 20 * DAY },
    { renewBefore: "1/10", lifetime: 300, seconds: 30 },
    { renewBefore: "1/3", lifetime: 10, seconds: 4 },
    { renewBefore: "1/1", lifetime: 10, seconds: 10 },
    { renewBefore: "0/3", lifetime: 10, seconds: undefined },
    { renewBefore: "33%", lifetime: 10, seconds: undefined },
    { renewBefore: "1 / 3", lifetime: 10, seconds: undefined },
    { renewBefore: "1/3/5", lifetime: 10, seconds: undefined },
    { renewBefore: "0.3", lifetime: 10, seconds: undefined },
  ];
  for (const { renewBefore, lifetime, seconds } of leads) {
    void it(`of "${renewBefore}" is ${String(seconds)} s for a lifetime of ${String(lifetime)} s`, () => {
      assert.equal(renewalLead(renewBefore, lifetime), seconds);
    });
  }
});

void describe("The time of a renewal", () => {
  const validity = { notBefore: NOW, notAfter: new Date(NOW.getTime() + 90 * DAY * 1000) };
  for (const { renewBefore, day } of [
    { renewBefore: "30d", day: 60 },
    { renewBefore: "1/3", day: 60 },
    { renewBefore: "8/9", day: 10 },
    { renewBefore: undefined, day: 90 },
    { renewBefore: UNKNOWN, day: 90 },
  ]) {
    void it(`is day ${String(day)} of 90 with ${renewBefore ?? "the default"}`, () => {
      assert.equal(renewalTime(validity, renewBefore).getTime() - NOW.getTime(), day * DAY * 1000);
    });
  }
});

void describe("renewBefore", () => {
  const checks: readonly { value: unknown; lifetime?: number; refused?: boolean }[] = [
    { value: undefined, lifetime: DAY },
    { value: UNKNOWN, lifetime: DAY },
    { value: "23h59m59s", lifetime: DAY },
    { value: "24h", lifetime: DAY, refused: true },
    { value: "2d", lifetime: DAY, refused: true },
    { value: "2d" },
    { value: "1/3", lifetime: DAY },
    { value: "1/3" },
    { value: "86399/86400", lifetime: DAY },
    // Rounded to whole seconds it is the lifetime.
    { value: "99999/99998", refused: true },
    { value: "99998/99999", lifetime: DAY, refused: true },
    { value: "1/3", lifetime: 1, refused: true },
    { value: "3/3", refused: true },
    { value: "4/3", refused: true },
    { value: "0/3", refused: true },
    { value: "1/0", refused: true },
    { value: "0h", lifetime: DAY, refused: true },
    { value: "33%", refused: true },
    { value: "1/123456", refused: true },
    { value: "", refused: true },
    { value: 0.5, refused: true },
    { value: ["1/3"], refused: true },
  ];
  for (const { value, lifetime, refused = false } of checks) {
    const within = lifetime === undefined ? "an unknown lifetime" : `${String(lifetime)} s`;
    void it(`${refused ? "must not" : "may"} be ${value === undefined ? "left out" : JSON.stringify(value)} in ${within}`, () => {
      const problems = checkRenewBefore(value, lifetime, "renewBefore", NOW);
      assert.deepEqual(found(problems), refused ? ["VALIDITY_INVALID renewBefore"] : []);
    });
  }
});
