import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseLastRuns } from "../../provider/cli/lastRuns";
import { withCode } from "../fixtures/withCode";

const run = (kind: string, result: string, endTime: string): object => ({ kind, result, endTime, config: {} });

void describe("The last runs in a stack's history", () => {
  void it("are the latest up that succeeded and the latest that failed", () => {
    const history = [
      run("refresh", "succeeded", "2026-05-09T00:00:00.000Z"),
      run("update", "failed", "2026-05-08T00:00:00.000Z"),
      run("update", "succeeded", "2026-05-07T00:00:00.000Z"),
      run("update", "failed", "2026-05-06T00:00:00.000Z"),
      run("update", "succeeded", "2026-05-05T00:00:00.000Z"),
    ];
    assert.deepEqual(parseLastRuns(JSON.stringify(history)), {
      succeeded: new Date("2026-05-07T00:00:00Z"),
      failed: new Date("2026-05-08T00:00:00Z"),
    });
  });

  void it("are none in an empty history, and while the only run goes on", () => {
    assert.deepEqual(parseLastRuns("[]"), {});
    assert.deepEqual(parseLastRuns(JSON.stringify([{ kind: "update", result: "in-progress" }])), {});
  });

  void it("cannot be read from anything else", () => {
    for (const text of ["", "{}", "null"]) {
      assert.throws(() => parseLastRuns(text), withCode("OUTPUTS_UNREADABLE"));
    }
  });
});
