import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { PASSPHRASE, PulumiProject, UP } from "./project";

/** `test/world` tries every kind. These tests show that the engine stops and prints the message. */
void describe("Bad input", { skip: missing("pulumi") }, () => {
  const refused = async (project: PulumiProject, ...says: readonly RegExp[]): Promise<void> => {
    try {
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      for (const pattern of says) {
        assert.match(run.output, pattern);
      }
      assert.equal(run.output.includes(PASSPHRASE), false);
      assert.equal(existsSync(join(project.directory, "keys")), false, "a key directory was made");
      const made = (await project.state()).resources.filter(({ type }) => type.includes("dynamic"));
      assert.deepEqual(made, []);
    } finally {
      project.remove();
    }
  };

  void it("of the root stack is refused before anything is made", async () => {
    const config = { "kms-pki:algorithm": "DSA", "kms-pki:rootValidity": "1y", "kms-pki:address": "x" };
    const says = [/3 problems/, /ALGORITHM_UNSUPPORTED/, /VALIDITY_INVALID/, /address: INPUT_INVALID/];
    await refused(await PulumiProject.rootStack(config), ...says);
  });

  void it("of a resource is refused before anything is made", async () => {
    const program = `
      const key = new pki.SoftKey("key", { encryption: "none" });
      new pki.Certificate("c", { key, subject: { commonName: "C", country: "Switzerland" } });`;
    await refused(await PulumiProject.program(program), /subject\.country: COUNTRY_INVALID/);
  });

  void it("is refused once the engine knows it, if it is unknown before", async () => {
    const project = await PulumiProject.program(`
      const key = new pki.SoftKey("key", { encryption: "none" });
      const country = key.uri.apply(() => "Switzerland");
      new pki.Certificate("late", { key, subject: { commonName: "Late", country } });`);
    try {
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /COUNTRY_INVALID/);
      assert.match(run.output, /subject\.country/);
    } finally {
      project.remove();
    }
  });
});
