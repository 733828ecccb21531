import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { compileFunction } from "node:vm";
import ts from "typescript";
import * as pki from "../../provider";
import { CHECKOUT } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const load = createRequire(__filename);

/** The program of the example, as a function that returns what it exports. */
function exampleProgram(): () => unknown {
  const source = readFileSync(join(CHECKOUT, "examples", "crl", "index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const run = compileFunction(outputText, ["exports", "require"]) as (exports: object, require: unknown) => void;
  return () => {
    const exports = {};
    run(exports, (name: string): unknown => (name === "pulumi-kms-pki" ? pki : (load(name) as unknown)));
    return exports;
  };
}

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
    project.runsProgram(exampleProgram());
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
