import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { missing } from "../tools";
import { killedAt, recover } from "./providerCalls";
import { BEGINNING, DAY, TEN_YEARS } from "./rotationSchedule";
import { RotationStack } from "./rotationStack";
import { UP } from "./project";

const INTERMEDIATE: RotationArgs = {
  intermediate: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" },
};

void describe("The keys of a rotation", { skip: missing("pulumi") }, () => {
  let stack: RotationStack;
  const upOn = (day: number): Promise<unknown> => {
    stack.at(BEGINNING + day * DAY);
    return stack.up();
  };
  before(async () => {
    stack = await RotationStack.create(INTERMEDIATE, { "kms-pki:ssh": "false" });
    await upOn(0);
    await upOn(90);
    await upOn(100);
  });
  after(() => {
    stack.project.remove();
  });

  void it("retire with deletion protection at its default, and stay in their files, marked as released", async () => {
    // That it is switched on only now comes too late for a key that leaves the program.
    await stack.project.setConfig("kms-pki:deleteRetiredKeys", "true");
    await upOn(120);
    await stack.checkState();
    assert.deepEqual(stack.keyFiles, ["intermediate-g1.pem", "intermediate.pem", "root.pem"]);
    assert.match(readFileSync(join(stack.project.directory, "keys", "intermediate.pem"), "utf8"), /^released /);
    const status = await stack.project.kmsPki(["status"]);
    assert.match(status.output, /KEYS RELEASED, NOT DELETED\nsoftkms:path=keys\/intermediate\.pem/);
  });

  void it("are deleted when that was said while they were in the program", async () => {
    for (const day of [190, 200, 220]) {
      await upOn(day);
    }
    await stack.checkState();
    assert.deepEqual(stack.keyFiles, ["intermediate-g2.pem", "intermediate.pem", "root.pem"]);
    assert.deepEqual((await stack.project.outputs())["releasedKeys"], ["softkms:path=keys/intermediate.pem"]);
  });

  void it("are not replaced by another algorithm, while deletion protection is on", async () => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    const run = await stack.tryUp();
    assert.notEqual(run.code, 0);
    assert.match(run.output, /deletionProtection: INPUT_INVALID: the keys of root were made with other settings/);
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P256");
    assert.deepEqual(stack.keyFiles, ["intermediate-g2.pem", "intermediate.pem", "root.pem"]);
  });

  void it("are not destroyed, nor anything else of the authority, while deletion protection is on", async () => {
    const urns = async (): Promise<string[]> =>
      (await stack.project.state()).resources
        .map(({ urn }) => urn)
        .filter((urn) => urn.includes("CertificateAuthority"));
    const before = await urns();
    const run = await stack.project.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /protect/);
    assert.deepEqual(await urns(), before);
    await stack.project.unprotect();
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(stack.keyFiles, ["intermediate.pem"]);
  });
});

void describe("A rotation that is killed", { skip: missing("pulumi") }, () => {
  // On day 1130 the next root is published: a key, its certificate, and the certificate of the old root under it.
  for (const moment of ["link:1:after", "sign:1:after", "sign:2:before", "sign:2:after:continue"]) {
    void it(`ends in the same state after recovery when it was killed at ${moment}`, async () => {
      const stack = await RotationStack.create(TEN_YEARS);
      try {
        stack.at(BEGINNING + 1129 * DAY);
        await stack.up();
        stack.at(BEGINNING + 1130 * DAY);
        const killed = await killedAt(stack.project, UP, moment);
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
  }

  void it("goes on to the next state when it was killed while keys retire", async () => {
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
});

void describe("An authority that takes up a rotation", { skip: missing("pulumi") }, () => {
  void it("keeps its keys and its root, is told what its path length means, and goes on to the next root", async () => {
    const { ssh: _, ...args } = TEN_YEARS;
    const stack = await RotationStack.create(args);
    const { project } = stack;
    try {
      await project.pulumi(["config", "rm", "kms-pki:rotation"]);
      stack.at(BEGINNING);
      await stack.up();
      const before = await project.outputs();
      const files = stack.keyFiles;

      await stack.setRotation(args);
      const refused = await stack.tryUp();
      assert.match(refused.output, /rotation\.existingRoot: INPUT_INVALID: the root was made without a rotation/);
      const [, setting = ""] = /Set rotation\.existingRoot = (\{.*?\})/.exec(refused.output) ?? [];
      const existingRoot = JSON.parse(setting) as NonNullable<RotationArgs["existingRoot"]>;
      assert.equal(existingRoot.pathLength, 1);
      await stack.setRotation({ ...args, existingRoot });
      const { run, calls } = await stack.upAgain();
      assert.match(run.output, /warning: The root has path length 1/);
      assert.doesNotMatch(run.output, /replaced|deleted/);
      assert.equal(calls.sign, 1); // the intermediate, whose end the schedule says
      const taken = await project.outputs();
      assert.equal(taken["rootCertificate"], before["rootCertificate"]);
      assert.equal(taken["intermediateKey"], before["intermediateKey"]);
      assert.deepEqual(stack.keyFiles, files);

      const crossesOn = async (day: number): Promise<unknown[]> => {
        stack.at(BEGINNING + day * DAY);
        await stack.up();
        return ((await project.outputs())["crossCertificates"] as { generation: number }[]).map(
          ({ generation }) => generation,
        );
      };
      assert.deepEqual(await crossesOn(1130), [0], "the old root under the new one");
      assert.deepEqual(await crossesOn(1280), [], "but never the other way");
      assert.deepEqual(await crossesOn(1460), []);
    } finally {
      project.remove();
    }
  });
});
