import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { exampleProgram } from "./exampleProgram";
import { WorldProject } from "./worldProject";

void describe("examples/crl", { skip: missing("openssl") }, () => {
  let project: WorldProject;
  const published = (bucket: string, file: string): Buffer =>
    readFileSync(join(project.scratch, "buckets", bucket, file));
  const list = (bucket: string, file: string): string =>
    openssl([
      "crl",
      "-noout",
      "-crlnumber",
      "-issuer",
      "-inform",
      "DER",
      "-in",
      join(project.scratch, "buckets", bucket, file),
    ]);
  const at = (now: string): void => {
    project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
  };
  before(async () => {
    project = await WorldProject.program("");
    project.setEnvironment({ KMS_PKI_TEST_BUCKETS: join(project.scratch, "buckets"), AWS_REGION: "us-east-1" });
    for (const [key, value] of Object.entries({
      s3Bucket: "lists",
      gcsBucket: "gcs-lists",
      crlUrl: "http://lists.example",
    })) {
      await project.setConfig(`acme:${key}`, value);
    }
    project.runsProgram(exampleProgram("crl"));
    at("2027-01-01T00:00:00Z");
    await project.up();
  });
  after(() => {
    project.remove();
  });

  void it("publishes each list in DER to both buckets", () => {
    for (const file of ["root.crl", "intermediate.crl"]) {
      assert.match(list("lists", file), /crlNumber=0x/);
      assert.deepEqual(published("gcs-lists", file), published("lists", file));
    }
    assert.match(list("lists", "root.crl"), /Example Root/);
  });

  void it("publishes a list again when it is due, and only that", async () => {
    const before = { root: list("lists", "root.crl"), intermediate: list("lists", "intermediate.crl") };
    at("2027-01-08T00:00:00Z");
    await project.up();
    assert.equal(list("lists", "root.crl"), before.root);
    assert.notEqual(list("lists", "intermediate.crl"), before.intermediate);
  });
});
