import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { timeTicks } from "../../provider/cli/timeAxis";

void describe("A time axis", () => {
  const axes: readonly { from: string; to: string; labels: string[] }[] = [
    {
      from: "2026-01-01T00:00:01Z",
      to: "2026-01-01T00:00:04Z",
      labels: ["00:00:01", "00:00:02", "00:00:03", "00:00:04"],
    },
    {
      from: "2026-01-01T00:00:00Z",
      to: "2026-01-01T00:02:00Z",
      labels: ["00:00:00", "00:00:30", "00:01:00", "00:01:30", "00:02:00"],
    },
    { from: "2026-01-01T20:30:00Z", to: "2026-01-02T03:00:00Z", labels: ["01-01 22:00", "01-02 00:00", "01-02 02:00"] },
    { from: "2026-01-31T12:00:00Z", to: "2026-02-03T12:00:00Z", labels: ["2026-02-01", "2026-02-02", "2026-02-03"] },
    { from: "2026-01-02T00:00:00Z", to: "2026-05-01T00:00:00Z", labels: ["2026-02", "2026-03", "2026-04", "2026-05"] },
    { from: "2026-01-01T00:00:00Z", to: "2028-12-31T00:00:00Z", labels: ["2026", "2027", "2028"] },
    { from: "2025-12-31T00:00:00Z", to: "2049-01-01T00:00:00Z", labels: ["2030", "2035", "2040", "2045"] },
    { from: "1960-01-01T00:00:00Z", to: "1964-01-01T00:00:00Z", labels: ["1960", "1961", "1962", "1963", "1964"] },
  ];
  for (const { from, to, labels } of axes) {
    void it(`from ${from} to ${to} has ticks at ${labels.join(", ")}`, () => {
      assert.deepEqual(
        timeTicks(Date.parse(from), Date.parse(to), 5).map(({ label }) => label),
        labels,
      );
    });
  }

  void it("has at most the number of ticks asked for, plus one when both ends are round", () => {
    const from = Date.UTC(2026, 0, 1);
    for (let length = 1_000; from + length < Date.UTC(9999, 0, 1); length *= 1.37) {
      const ticks = timeTicks(from, from + length, 10);
      assert.ok(ticks.length >= 1 && ticks.length <= 11, `${String(length)}: ${String(ticks.length)}`);
      assert.ok(ticks.every(({ at }) => from <= at && at <= from + length));
    }
  });
});
