import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../../provider/errors";
import { deriveEncryptionKey, encryptPrivateKey } from "../../../../provider/kms/softkms/encryptedPrivateKey";
import type { SoftKeyRecord } from "../../../../provider/kms/softkms/lifecycle/softKey";
import { PASSPHRASE, Project } from "../../../fixtures/lifecycleContext";
import { openssl } from "../../../fixtures/openssl";
import { withCode } from "../../../fixtures/withCode";
import { files, INPUTS, read, Run } from "./softKeyRun";

/** What may have happened to the file of `root` since it was recorded. */
const DRIFTS: readonly {
  status: SoftKeyRecord["status"];
  code: ErrorCode;
  drift: (project: Project) => void;
}[] = [
  {
    status: "missing",
    code: "KEY_NOT_FOUND",
    drift: (project) => {
      rmSync(join(project.directory, "keys", "root.pem"));
    },
  },
  {
    status: "changed",
    code: "KEY_CHANGED",
    drift: (project) => {
      writeFileSync(join(project.directory, "keys", "root.pem"), openssl(["genpkey", "-algorithm", "ed25519"]));
    },
  },
];

void describe("A key file that was changed outside Pulumi", () => {
  for (const { status, code, drift } of DRIFTS) {
    void it(`that is ${status} is reported, and never made again silently`, async () => {
      const project = new Project();
      const state = await new Run(project).create();
      drift(project);
      const before = files(project).map((name) => read(project, name));
      const run = new Run(project);
      const found = await run.lifecycle.read(state);
      assert.deepEqual(found, { ...state, status });
      assert.deepEqual(await run.diff(found), { changes: true, replaces: [] });
      assert.equal(project.notices.length, 1);
      assert.match(project.notices[0] ?? "", new RegExp(`root\\.pem was found ${status}; pulumi up fails`));
      await assert.rejects(async () => run.lifecycle.update(found, INPUTS), withCode(code, /Restore the file/));
      assert.deepEqual(
        files(project).map((name) => read(project, name)),
        before,
      );
    });

    void it(`that was ${status} and is back is present again after an update`, async () => {
      const project = new Project();
      const state = await new Run(project).create();
      const file = read(project, "root.pem");
      drift(project);
      const found = await new Run(project).lifecycle.read(state);
      writeFileSync(join(project.directory, "keys", "root.pem"), file);
      assert.deepEqual(await new Run(project).lifecycle.update(found, INPUTS), state);
    });
  }

  void it("that was encrypted again is present, with the new fingerprint of the file", async () => {
    const project = new Project();
    const state = await new Run(project).create();
    const key = createPrivateKey(read(project, "root.pem"));
    writeFileSync(
      join(project.directory, "keys", "root.pem"),
      encryptPrivateKey(key, await deriveEncryptionKey(PASSPHRASE)),
    );
    const found = await new Run(project).lifecycle.read(state);
    assert.notEqual(found.fileSha256, state.fileSha256);
    assert.deepEqual({ ...found, fileSha256: "" }, { ...state, fileSha256: "" });
    assert.deepEqual(await new Run(project).diff(found), { changes: false, replaces: [] });
  });

  void it("whose state is in doubt fails the refresh", async () => {
    const project = new Project();
    const state = await new Run(project).create({ ...INPUTS, encryption: "passphrase" });
    const path = join(project.directory, "keys", "root.pem");
    writeFileSync(path, `another line\n${read(project, "root.pem")}`);
    project.environment["KMS_PKI_PASSPHRASE"] = "another";
    await assert.rejects(async () => new Run(project).lifecycle.read(state), withCode("PASSPHRASE_REJECTED"));
    await new Run(project).lifecycle.delete(state);
    assert.ok(existsSync(path));
  });
});

void describe("The deletion of a key file", () => {
  void it("happens with its resource and needs no passphrase", async () => {
    const project = new Project();
    const run = new Run(project);
    const state = await run.create({ ...INPUTS, encryption: "passphrase" });
    delete project.environment["KMS_PKI_PASSPHRASE"];
    await new Run(project).lifecycle.delete(state);
    assert.deepEqual(files(project), []);
    await new Run(project).lifecycle.delete(state); // it is gone already
  });

  void it("leaves a file with another key alone", async () => {
    for (const knowsTheOldKey of [false, true]) {
      const project = new Project();
      const run = new Run(project);
      const state = await run.create();
      writeFileSync(join(project.directory, "keys", "root.pem"), openssl(["genpkey", "-algorithm", "ed25519"]));
      const other = read(project, "root.pem");
      await (knowsTheOldKey ? run : new Run(project)).lifecycle.delete(state);
      assert.equal(read(project, "root.pem"), other);
      assert.match(project.notices.join("\n"), /is not the recorded one and stays in place/);
    }
  });
});
