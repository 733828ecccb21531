import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { UP } from "./project";
import { killedAt, recover } from "./providerCalls";
import { BEGINNING, DAY, TEN_YEARS } from "./rotationSchedule";
import { type GenerationOutput, RotationStack } from "./rotationStack";

void describe("A killed rotation", { skip: missing("pulumi") }, () => {
  // On day 1130 the next root is published: a key, its certificate, and the certificate of the old root under it.
  void it("ends in the same state after recovery when a key was made but not recorded", async () => {
    const stack = await RotationStack.create(TEN_YEARS);
    try {
      stack.at(BEGINNING + 1129 * DAY);
      await stack.up();
      stack.at(BEGINNING + 1130 * DAY);
      const killed = await killedAt(stack.project, UP, "link:1:after");
      assert.equal(killed.signal, "SIGKILL", killed.output);
      await recover(stack.project);
      stack.at(BEGINNING + 1131 * DAY);
      await stack.up();
      await stack.checkState();
      const { pending } = await stack.project.state();
      assert.deepEqual(pending, []);
      const labels = ["intermediate-g1", "root-g1", "root", "ssh-host-key", "ssh-user-key-g1"];
      assert.deepEqual(stack.keyFiles, labels.map((label) => `${label}.pem`).sort());
      assert.doesNotMatch((await stack.tryUp()).output, /created|updated|replaced|deleted/);
    } finally {
      stack.project.remove();
    }
  });

  void it("continues to the next state when it was killed while keys retire", async () => {
    const stack = await RotationStack.create(TEN_YEARS, { "kms-pki:deleteRetiredKeys": "true" });
    try {
      for (const day of [1130, 1280, 1395, 1420]) {
        stack.at(BEGINNING + day * DAY);
        await stack.up();
      }
      stack.at(BEGINNING + 1460 * DAY);
      const killed = await killedAt(stack.project, UP, "unlink:1:after");
      assert.equal(killed.signal, "SIGKILL", killed.output);
      await recover(stack.project);
      await stack.up();
      await stack.checkState();
      assert.equal(stack.keyFiles.includes("root.pem"), false, stack.keyFiles.join());
      assert.deepEqual((await stack.project.outputs())["releasedKeys"], []);
    } finally {
      stack.project.remove();
    }
  });

  for (const at of ["link:1:after", "sign:1:before", "sign:2:after"]) {
    void it(`takes a compromised root out of service after a kill at ${at}`, async () => {
      const stack = await RotationStack.create(TEN_YEARS);
      try {
        stack.at(BEGINNING + DAY);
        await stack.up();
        await stack.project.setConfigObject("kms-pki:compromised", ["root"]);
        const killed = await killedAt(stack.project, UP, at);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        await recover(stack.project);
        await stack.up();
        const { roots, compromise } = (await stack.project.outputs()) as {
          readonly roots: readonly GenerationOutput[];
          readonly compromise: { readonly generations: readonly string[] };
        };
        assert.deepEqual(
          roots.map(({ generation, state }) => `${String(generation)} ${state}`),
          ["1 active"],
        );
        assert.deepEqual(compromise.generations, ["root"]);
        assert.ok(stack.keyFiles.includes("root-g1.pem") && !stack.keyFiles.includes("root-g1-2.pem"));
        assert.doesNotMatch((await stack.tryUp()).output, /created|updated|replaced|deleted/);
      } finally {
        stack.project.remove();
      }
    });
  }
});
