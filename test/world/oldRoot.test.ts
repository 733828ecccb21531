import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RotationStack } from "../engine/rotationStack";
import { ARGS, day } from "../rotation/rotations";
import { WorldProject } from "./worldProject";

void describe("The certificate of an old root under the next one", () => {
  void it("stays while the old root retires, and is not signed again, not even after an earlier release has dropped it", async () => {
    const { root, intermediate, clockSkew } = ARGS as Required<typeof ARGS>;
    const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    const stack = await RotationStack.over(project, { root, intermediate, clockSkew });
    const certificate = async (): Promise<unknown> =>
      (await project.resource("ca-root-by-root-g1")).outputs?.["certificatePem"];
    try {
      for (const on of [1, 36, 41, 76, 81, 92]) {
        stack.at(day(on));
        await stack.up();
      }
      const issued = await certificate();
      stack.at(day(100));
      assert.equal((await stack.up()).sign, 1, "the certificate of the next root under the old one");
      assert.equal(await certificate(), issued);
      assert.ok(!JSON.stringify((await project.outputs())["crossCertificates"]).includes(JSON.stringify(issued)));

      await project.forget((urn) => urn.endsWith("::ca-root-by-root-g1"));
      assert.equal((await stack.up()).sign, 0);
      assert.equal(await certificate(), "");
      stack.at(day(121));
      await stack.up();
      await stack.checkState();
    } finally {
      project.remove();
    }
  });
});
