import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import { describe, it } from "node:test";
import { rootDirectory } from "../../provider/words/rootDirectory";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

void describe("The project folder", () => {
  for (const projectFile of ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"]) {
    void it(`is the nearest parent folder with ${projectFile}`, () => {
      const outer = temporaryDirectory();
      const inner = join(outer, "inner");
      const program = join(inner, "bin", "program");
      mkdirSync(program, { recursive: true });
      writeFileSync(join(outer, projectFile), "");
      assert.equal(rootDirectory(outer), outer);
      assert.equal(rootDirectory(program), outer);
      writeFileSync(join(inner, projectFile), "");
      assert.equal(rootDirectory(program), inner);
    });
  }

  void it("is not a folder with only a stack file", () => {
    const outer = temporaryDirectory();
    const inner = join(outer, "inner");
    mkdirSync(inner);
    writeFileSync(join(outer, "Pulumi.yaml"), "");
    writeFileSync(join(inner, "Pulumi.dev.yaml"), "");
    assert.equal(rootDirectory(inner), outer);
  });

  void it("is the working directory when there is no project", () => {
    assert.equal(rootDirectory(parse(process.cwd()).root), process.cwd());
  });
});
