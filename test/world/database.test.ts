import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as pki from "../../provider";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

void describe("The database of a root stack", () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.rootStack();
    await project.up();
  });
  after(() => {
    project.remove();
  });
  const db = async (): Promise<unknown> => ((await project.outputs())["caConfig"] as { db: unknown }).db;

  void it("changes ca.json, with the place of the URL in place of the secret, and signs nothing", async () => {
    assert.deepEqual(await db(), { type: "badgerv2", dataSource: "db" });
    const before = await project.outputs();
    await project.setConfig("kms-pki:databaseType", "postgresql");
    await project.setConfig("kms-pki:databaseName", "stepca");
    await project.up();
    assert.deepEqual(
      project.steps.filter(({ operation }) => operation !== "same"),
      [],
    );
    assert.deepEqual(await db(), {
      ...{ type: "postgresql", database: "stepca" },
      dataSource: "kms-pki:url-environment=KMS_PKI_DATABASE_URL",
    });
    const { caConfig: _, ...others } = await project.outputs();
    const { caConfig: __, ...othersBefore } = before;
    assert.deepEqual(others, othersBefore);
    await project.setConfig("kms-pki:databaseUrlFile", ".secrets/database-url");
    await project.up();
    assert.deepEqual(await db(), {
      ...{ type: "postgresql", database: "stepca", dataSource: "kms-pki:url-file=.secrets/database-url" },
    });
  });

  void it("has a URL without a password as it is", async () => {
    await project.setConfig("kms-pki:databaseUrlFile", "");
    await project.setConfig("kms-pki:databaseUrl", "postgresql://stepca@db.example.com:5432/");
    await project.up();
    assert.deepEqual(await db(), {
      ...{ type: "postgresql", database: "stepca", dataSource: "postgresql://stepca@db.example.com:5432/" },
    });
  });

  for (const { what, url, says } of [
    { what: "with a password", url: "postgresql://stepca:s3cret@db:5432/", says: "it holds a password" },
    {
      what: "of another database",
      url: "s3cret@tcp(db:3306)/",
      says: "it is not one that step-ca reads for postgresql",
    },
  ]) {
    void it(`has no URL ${what}, and does not print it`, async () => {
      await project.setConfig("kms-pki:databaseUrl", url);
      const { code, output } = await project.pulumi(UP);
      assert.notEqual(code, 0);
      assert.ok(output.includes(`kms-pki:databaseUrl: INPUT_INVALID: ${says}`), output);
      assert.doesNotMatch(output, /s3cret/);
      await project.setConfig("kms-pki:databaseUrl", "");
    });
  }

  void it("is refused by the name of its setting", async () => {
    await project.setConfig("kms-pki:databaseType", "sqlite");
    const { code, output } = await project.pulumi(UP);
    assert.notEqual(code, 0);
    assert.match(output, /kms-pki:databaseType: INPUT_INVALID: it is not a database that several step-ca can share/);
  });

  void it("is refused beside db among the further fields of ca.json", async () => {
    project.runsProgram(() => {
      new pki.CertificateAuthority("other", {
        ...{ keys: new pki.SoftKeys(), database: { type: "mysql" }, caConfig: { db: { type: "mysql" } } },
      });
    });
    const { code, output } = await project.pulumi(UP);
    assert.notEqual(code, 0);
    assert.match(output, /caConfig.db: INPUT_INVALID: database is given, too/);
  });
});
