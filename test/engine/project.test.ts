import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";

/** Settings in every form that tests use. */
const SETTINGS: readonly (readonly [path: string, value: string])[] = [
  ["plain", "text"],
  ["acme:number", "87654321"],
  ["acme:object.flag", "true"],
  ["acme:object.number", "12"],
  ["acme:object.zero", "012"],
  ["acme:object.fraction", "1.5"],
  ['acme:object["a.b/c"]', "x"],
  ["acme:list[0]", "one"],
  ["acme:list[1]", "two"],
];

void describe("A project file accessed without the CLI", { skip: missing("pulumi") }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await PulumiProject.program('exports.object = { list: [1, "two"], secret: pulumi.secret("hidden") };');
  });
  after(() => {
    project.remove();
  });

  void it("contains the settings that the CLI sets", async () => {
    const settings = async (): Promise<unknown> => JSON.parse((await project.succeed(["config", "--json"])).stdout);
    for (const [path, value] of SETTINGS) {
      await project.setConfig(path, value);
    }
    const written = await settings();
    for (const name of new Set(SETTINGS.map(([path]) => path.split(/[.[]/)[0] ?? ""))) {
      project.removeConfig(name);
    }
    assert.deepEqual(await settings(), {});
    const paths = SETTINGS.flatMap(([path, value]) => ["--plaintext", `${path}=${value}`]);
    await project.succeed(["config", "set-all", "--path", ...paths]);
    assert.deepEqual(await settings(), written);
  });

  void it("contains the decrypted state and outputs that the CLI shows, also in a copy", async () => {
    await project.succeed(UP_WITHOUT_PREVIEW);
    const copy = project.copy();
    try {
      assert.deepEqual(
        JSON.parse(await copy.exportedState()),
        JSON.parse((await copy.succeed(["stack", "export"])).stdout),
      );
      assert.deepEqual(await copy.outputs(), { object: { list: [1, "two"], secret: "hidden" } });
      project.setProgram('exports.object = { list: [1, "two"] };');
      await project.succeed(UP_WITHOUT_PREVIEW);
      assert.deepEqual(
        await project.outputs(),
        JSON.parse((await project.succeed(["stack", "output", "--json"])).stdout),
      );
      assert.deepEqual((await copy.outputs())["object"], { list: [1, "two"], secret: "hidden" });
    } finally {
      copy.remove();
    }
  });
});
