import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

/** A protected CA, whose keys were made elsewhere. */
const program = (kms: string): string => `
  const protect = { protect: true };
  const key = (name) => new pki.ExistingKey(name, { uri: "softkms:" + name + ".pem"${kms} }, protect);
  const root = new pki.Certificate("root", { key: key("root-key"), subject: { commonName: "R" } }, protect);
  new pki.Certificate("int", { key: key("int-key"), issuer: root, subject: { commonName: "I" } }, protect);`;

void describe("A protected certificate whose key resource is updated", { skip: missing("openssl") }, () => {
  void it("stays in the preview and in the update", async () => {
    const project = await WorldProject.program(program(""));
    try {
      for (const name of ["root-key", "int-key"]) {
        const pem = openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        writeFileSync(join(project.directory, `${name}.pem`), pem);
      }
      await project.up();
      project.setProgram(program(', kms: "softkms:"'));
      const { output } = await project.up();
      assert.match(output, /~ 2 to update\n\s+3 unchanged/);
      assert.match(output, /~ 2 updated\n\s+3 unchanged/);
      const declared = String((await project.resource("root")).outputs?.["declaration"]);
      assert.doesNotMatch(declared, /null/);
    } finally {
      project.remove();
    }
  });
});
