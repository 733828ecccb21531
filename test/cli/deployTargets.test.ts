import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { call } from "./testShell";

void describe("The hosts in a file", () => {
  const cwd = temporaryDirectory();

  /** What `kms-pki deploy` says of a file with hosts. */
  async function saidOf(text: string): Promise<string> {
    writeFileSync(join(cwd, "targets.json"), text);
    const { exitCode, stderr } = await call(["deploy", "--outputs", "none", "--targets", "targets.json"], { cwd });
    assert.equal(exitCode, 1);
    return stderr;
  }

  void it("are refused without a word of a file that is no JSON, which may be a secret", async () => {
    const said = await saidOf("hunter2 secret\n");
    assert.match(said, /^CONFIG_UNREADABLE: .*"targets\.json" is not JSON at line 1, column 1.*"hosts"/);
    assert.doesNotMatch(said, /hunter|secret/);
  });

  void it("are an object in a file that is there", async () => {
    assert.match(await saidOf("[]"), /^CONFIG_UNREADABLE: .*is not a JSON object/);
    const { stderr } = await call(["deploy", "--outputs", "none", "--targets", "nowhere.json"], { cwd });
    assert.match(stderr, /^CONFIG_UNREADABLE: .*"nowhere\.json": ENOENT/);
  });

  void it("are looked for in a folder that is there", async () => {
    const { exitCode, stderr } = await call(["deploy", "--cwd", "nowhere"], { cwd });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^INPUT_INVALID: the folder ".*nowhere" of --cwd does not exist\. See kms-pki deploy --help/);
  });
});
