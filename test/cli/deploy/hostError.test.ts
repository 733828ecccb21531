import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { saidBy } from "../../../provider/cli/deploy/hostError";
import { HostFailure } from "../../../provider/cli/deploy/hostShell";

void describe("A message about a command that failed on a host", () => {
  void it("quotes what the command said", () => {
    assert.equal(saidBy(new HostFailure(1, "no such unit")), ": no such unit");
  });

  void it("tells how a command ended that said nothing", () => {
    assert.equal(saidBy(new HostFailure(5, "")), " (exit code 5, and it said nothing)");
    assert.equal(saidBy(new HostFailure(null, "")), " (a signal ended it, and it said nothing)");
  });

  void it("says nothing of any other cause", () => {
    assert.equal(saidBy(undefined), "");
  });
});
