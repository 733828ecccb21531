import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const UP = ["up", "--yes"];

/** A protected root with an existing key. */
const program = (options: { of?: string; name?: string; aliases?: string; parent?: string } = {}): string => {
  const { of = "ExistingKey", name = "root-key", aliases = "", parent = "undefined" } = options;
  return `
    const parent = ${parent};
    const key = new pki.${of}("${name}", { uri: "softkms:root-key.pem" }, { protect: true, parent, ${aliases} });
    const subject = { commonName: "R" };
    new pki.Certificate("root", { key, subject }, { protect: true });`;
};

void describe("A key that 0.1.0 recorded as a PublicKey", { skip: missing("openssl") }, () => {
  let project: WorldProject;
  let recorded: string | undefined;
  beforeEach(async () => {
    if (recorded === undefined) {
      project = await WorldProject.program(program());
      const pem = openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
      writeFileSync(join(project.directory, "root-key.pem"), pem);
      await project.up();
      recorded = project
        .snapshot()
        .replaceAll("kms-pki:ExistingKey", "kms-pki:PublicKey")
        .replaceAll(").existingKey()", ").publicKey()");
      assert.match(recorded, /PublicKey.*\)\.publicKey\(\)/);
    }
    project.setProgram(program());
    project.restore(recorded);
  });
  after(() => {
    project.remove();
  });

  const types = async (): Promise<string[]> =>
    (await project.state()).resources.map(({ type }) => type).filter((type) => type.endsWith("Key"));

  for (const { what, becomes } of [
    { what: "with the same name", becomes: program() },
    { what: "under its former name in the program", becomes: program({ of: "PublicKey" }) },
    { what: "renamed by an alias", becomes: program({ name: "key", aliases: 'aliases: [{ name: "root-key" }]' }) },
    {
      what: "under a parent, by an alias",
      becomes: program({
        parent: 'new pulumi.ComponentResource("acme:index:House", "house")',
        aliases: "aliases: [{ parent: pulumi.rootStackResource }]",
      }),
    },
  ]) {
    void it(`stays unchanged, ${what}`, async () => {
      const { length } = (await project.state()).resources;
      const certificate = (await project.resource("root")).outputs?.["certificatePem"];
      project.setProgram(becomes);
      for (const command of [["preview"], UP, UP]) {
        const { output } = await project.succeed(command);
        assert.match(output, /unchanged/);
        assert.doesNotMatch(output, /updated|to update|replace|delete/);
      }
      assert.deepEqual(await types(), ["pulumi-nodejs:dynamic/kms-pki:ExistingKey"]);
      assert.equal((await project.resource("root")).outputs?.["certificatePem"], certificate);
      assert.ok((await project.state()).resources.length - length <= 1);
    });
  }

  void it("is refreshed, and released, as it was recorded", async () => {
    await project.succeed(["refresh", "--yes"]);
    assert.deepEqual(await types(), ["pulumi-nodejs:dynamic/kms-pki:PublicKey"]);
    await project.editState((resource) => ({ ...resource, protect: false }));
    await project.succeed(["destroy", "--yes"]);
    assert.deepEqual(await types(), []);
  });
});
