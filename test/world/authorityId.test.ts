import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { BEGINNING, DAY } from "../engine/rotationSchedule";
import { WorldProject } from "./worldProject";

const ROTATION = {
  ssh: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "30d", retireAfter: "60d" },
  clientRefresh: "7d",
  lateness: "3d",
};
const KEY_FILES = ["intermediate.pem", "root.pem", "ssh-host-key.pem", "ssh-user-key.pem"];

/** A program whose authority rotates its SSH keys, with any name and options. */
function program(name: string, options: string): string {
  return [
    'const house = () => new pulumi.ComponentResource("acme:index:House", "house");',
    `const ca = new pki.CertificateAuthority("${name}", {`,
    `  keys: new pki.SoftKeys({}), rotation: ${JSON.stringify(ROTATION)},`,
    `}, ${options});`,
    "exports.rootKey = ca.rootKey;",
  ].join("\n");
}

/** Renamed and moved under a parent, with aliases. */
const MOVED = program("pki", '{ parent: house(), aliases: [{ name: "ca", parent: undefined }] }');
const UP = ["up", "--yes"];

void describe("A rotated authority that gets another name and a parent", () => {
  let project: WorldProject;
  let recordedId: unknown;
  const at = (day: number): void => {
    const now = new Date(BEGINNING + day * DAY).toISOString();
    project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
  };
  const keyFiles = (): string[] => readdirSync(join(project.directory, "keys")).sort();
  const idOf = async (name: string): Promise<unknown> => (await project.resource(name)).outputs?.["authorityId"];
  before(async () => {
    project = await WorldProject.program(program("ca", "{}"));
    at(0);
    await project.succeed(UP);
    recordedId = await idOf("ca-id");
  });
  after(() => {
    project.remove();
  });

  void it("has an id before its keys, which are marked with it", async () => {
    assert.match(String(recordedId), /^[0-9a-f]{32}$/);
    for (const file of keyFiles()) {
      const [line = ""] = readFileSync(join(project.directory, "keys", file), "utf8").split("\n");
      assert.ok(line.endsWith(`#${String(recordedId)}`), line);
    }
    assert.match((await project.succeed(["refresh", "--yes"])).output, /unchanged/);
    assert.equal(await idOf("ca-id"), recordedId);
  });

  void it("still refuses a run that comes too late, and makes nothing", async () => {
    project.setProgram(MOVED);
    at(105);
    const state = await project.state();
    const run = await project.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /ROTATION_LATE: the last run was on 2026-01-01/);
    assert.deepEqual(await project.state(), state);
    assert.deepEqual(keyFiles(), KEY_FILES);
  });

  void it("keeps its id, its keys and its certificates when the run is in time", async () => {
    const certificate = (await project.resource("ca-intermediate")).outputs?.["certificatePem"];
    at(1);
    await project.succeed(UP);
    assert.equal(await idOf("pki-id"), recordedId);
    assert.equal((await project.resource("pki-intermediate")).outputs?.["certificatePem"], certificate);
    assert.deepEqual(keyFiles(), KEY_FILES);
    const again = await project.succeed(UP);
    assert.match(again.output, /\d+ unchanged/);
    assert.doesNotMatch(again.output, /created|updated|replaced|deleted/);
  });
});
