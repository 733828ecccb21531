import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { HostShell } from "../../../provider/cli/deploy/hostShell";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { findTool, missing } from "../../tools";

void describe("the connection to a host", { skip: missing("ssh") }, () => {
  void it("asks nobody and ends when a host stays silent, whatever the options say", async () => {
    const directory = temporaryDirectory();
    // OpenSSH itself tells which settings it would use.
    writeFileSync(join(directory, "ssh"), `#!/bin/sh\nexec "${findTool("ssh") ?? ""}" -G "$@"\n`, { mode: 0o700 });
    const PATH = `${directory}${delimiter}${process.env["PATH"] ?? ""}`;
    const settings = ["BatchMode=no", "StrictHostKeyChecking=no", "ConnectTimeout=0", "ServerAliveInterval=0"];
    const options = ["-F", "none", ...settings.flatMap((setting) => ["-o", setting])];
    const shell = new HostShell({ ssh: "step-ca@ca.example.com", options }, directory, { PATH });
    const lines = (await shell.run("true")).toString("utf8").split("\n");
    for (const line of [
      ...["batchmode yes", "stricthostkeychecking true"],
      ...["connecttimeout 10", "serveraliveinterval 15", "serveralivecountmax 4"],
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });
});
