import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CaFolder } from "../../../provider/cli/deploy/caFolder";
import { readDeploySettings } from "../../../provider/cli/deploy/deploySettings";
import { HostShell } from "../../../provider/cli/deploy/hostShell";
import { HeldFile } from "../../fixtures/heldFile";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";

const [OLD, NEW, NEWER] = ['{ "crt": "old" }\n', '{ "crt": "new" }\n', '{ "crt": "newer" }\n'] as const;
const [RUN, OTHER] = ["me:1:1", "other:1:1"] as const;

/** What a command says that comes too late. */
const TAKEN_OVER = /another run has taken the place of this one/;

void describe("A command on a host that outlives its connection", () => {
  const scratch = temporaryDirectory();
  let directory: string;
  let count = 0;
  /** Commands there that wait in `sync`, and others. */
  let slow: CaFolder;
  let folder: CaFolder;
  /** What the slow ones wait for. */
  let sync: HeldFile;

  const inCa = (name: string): string => join(directory, name);
  const served = (): string => readFileSync(inCa("ca.json"), "utf8");

  beforeEach(async () => {
    count += 1;
    directory = join(scratch, `ca-${String(count)}`);
    const programs = join(scratch, `programs-${String(count)}`);
    for (const each of [directory, programs]) {
      mkdirSync(each);
    }
    const held = join(programs, "held");
    writeFileSync(held, "");
    sync = new HeldFile(held);
    writeFileSync(join(programs, "sync"), `#!/bin/sh\ncat ${held}\n`, { mode: 0o700 });
    const [host] = readDeploySettings({ hosts: [{ directory, url: "https://127.0.0.1" }] }, "the test");
    assert.ok(host);
    const PATH = String(process.env["PATH"]);
    slow = new CaFolder(host, new HostShell(host.reach, scratch, { PATH: `${programs}:${PATH}` }));
    folder = new CaFolder(host, new HostShell(host.reach, scratch, { PATH }));
    writeFileSync(inCa("ca.json"), OLD);
    await folder.begin(RUN, undefined);
    writeFileSync(inCa("ca.next.json"), NEW);
  });
  afterEach(() => {
    sync.release();
  });

  /** Lets a slow command go on, which must fail. */
  async function failsLate(command: Promise<void>, said: RegExp): Promise<void> {
    sync.release();
    await assert.rejects(command, { said });
  }

  void it("does not undo the restoration of ca.json", async () => {
    const late = slow.switch(RUN);
    await sync.reached();
    assert.equal(await folder.restore(RUN), true);
    await failsLate(late, /\.ca\.json\.new/);
    assert.equal(served(), OLD);
  });

  void it("does not replace ca.json after the lock was released", async () => {
    const late = slow.switch(RUN);
    await sync.reached();
    await folder.restore(RUN);
    await folder.finish(RUN);
    await failsLate(late, TAKEN_OVER);
    assert.equal(served(), OLD);
  });

  void it("does not put in place what the run that took over is writing", async () => {
    const late = slow.switch(RUN);
    await sync.reached();
    await folder.begin(OTHER, RUN);
    writeFileSync(inCa("ca.next.json"), NEWER);
    const next = new HeldFile(inCa("ca.next.json"));
    const other = folder.switch(OTHER);
    try {
      await next.reached();
      await failsLate(late, TAKEN_OVER);
      assert.equal(served(), OLD);
    } finally {
      next.release();
      await other;
    }
    assert.equal(served(), NEWER);
  });

  void it("writes none of the files that it received after another run took over", async () => {
    const late = slow.receive(RUN, [{ name: "certificates/root_ca-1.crt", content: Buffer.from("late") }]);
    await sync.reached();
    await folder.begin(OTHER, RUN);
    await failsLate(late, TAKEN_OVER);
    assert.equal(existsSync(inCa("certificates/root_ca-1.crt")), false);
    await folder.receive(OTHER, [{ name: "certificates/root_ca-2.crt", content: Buffer.from("next") }]);
    assert.equal(readFileSync(inCa("certificates/root_ca-2.crt"), "utf8"), "next");
    await folder.finish(OTHER);
    assert.equal(existsSync(inCa(".incoming")), false);
  });
});
