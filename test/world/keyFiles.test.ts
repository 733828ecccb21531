import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { WorldProject } from "./worldProject";

void describe("The root stack with its keys in files", () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.rootStack();
    await project.up();
  });
  after(() => {
    project.remove();
  });

  void it("reissues root and child in place, with new serial numbers, when the root is renamed", async () => {
    const before = await project.outputs();
    await project.setConfig("kms-pki:rootCommonName", "Example Root");
    const run = await project.up();
    assert.match(run.output, /~ 2 to update/);
    assert.match(run.output, /~ 2 updated/);
    const after = await project.outputs();
    assert.equal(after["rootKey"], before["rootKey"]);
    const serial = (outputs: Record<string, unknown>, name: string): string =>
      new X509Certificate(String(outputs[name])).serialNumber;
    assert.notEqual(serial(after, "rootCertificate"), serial(before, "rootCertificate"));
    assert.notEqual(serial(after, "intermediateCertificate"), serial(before, "intermediateCertificate"));
    assert.equal(new X509Certificate(String(after["intermediateCertificate"])).issuer, "CN=Example Root");
  });

  void it("replaces the files of its keys, under new names, when the algorithm changes and changes back", async () => {
    await project.unprotect();
    const files = (): string[] => readdirSync(join(project.directory, "keys"));
    for (const algorithm of ["ECDSA_P384", "ECDSA_P256"]) {
      const before = files();
      await project.setConfig("kms-pki:algorithm", algorithm);
      await project.up();
      assert.match((await project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
      assert.equal(files().length, 4);
      assert.deepEqual(
        files().filter((file) => before.includes(file)),
        [],
      );
    }
    await project.setConfig("kms-pki:deletionProtection", "true");
    assert.match((await project.up()).output, /10 unchanged/);
  });

  void it("reports a key file that holds another key, and neither uses nor deletes it", async () => {
    const path = join(project.directory, (await project.output("rootKey")).replace("softkms:path=", ""));
    const other = join(project.directory, (await project.output("intermediateKey")).replace("softkms:path=", ""));
    const rightful = readFileSync(path, "utf8");
    writeFileSync(path, readFileSync(other));
    await project.setConfig("kms-pki:rootCommonName", "Another Root");
    const unseen = await project.pulumi(UP_WITHOUT_PREVIEW);
    assert.match(unseen.output, /KEY_CHANGED/);

    const seen = await project.succeed(["refresh", "--preview-only", "--diff"]);
    assert.match(seen.output, /status\s*: "present" => "changed"/);
    await project.succeed(["refresh", "--yes", "--skip-preview"]);
    const failed = await project.pulumi(UP_WITHOUT_PREVIEW);
    assert.match(failed.output, /KEY_CHANGED/);
    writeFileSync(path, rightful);
    await project.succeed(UP_WITHOUT_PREVIEW);
  });
});
