import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { BEGINNING, DAY, TEN_YEARS } from "../engine/rotationSchedule";
import { RotationStack } from "../engine/rotationStack";
import { runSaidCommands } from "./saidCommands";
import { WorldProject } from "./worldProject";

const INTERMEDIATE: RotationArgs = {
  intermediate: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" },
};

void describe("The keys of a rotation", () => {
  let stack: RotationStack;
  const upOn = (day: number): Promise<unknown> => {
    stack.at(BEGINNING + day * DAY);
    return stack.up();
  };
  before(async () => {
    stack = await RotationStack.over(await WorldProject.rootStack({ "kms-pki:ssh": "false" }), INTERMEDIATE);
    await upOn(0);
    await upOn(90);
    await upOn(100);
  });
  after(() => {
    stack.project.remove();
  });

  void it("leave with default deletion protection, and stay in their files, marked as released", async () => {
    // Turning it on only now is too late for a key that leaves the program.
    await stack.project.setConfig("kms-pki:deleteRetiredKeys", "true");
    await upOn(120);
    await stack.checkState();
    assert.deepEqual(stack.keyFiles, ["intermediate-g1.pem", "intermediate.pem", "root.pem"]);
    assert.match(readFileSync(join(stack.project.directory, "keys", "intermediate.pem"), "utf8"), /^released /);
    const status = await stack.project.kmsPki(["status"]);
    assert.match(status.output, /KEYS RELEASED, NOT DELETED\nsoftkms:path=keys\/intermediate\.pem/);
  });

  void it("are deleted if that was set while they were in the program", async () => {
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

  void it("are not destroyed while deletion protection is on, nor is anything else of the authority", async () => {
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

/**
 * The authority on the day before the next root is published. That makes a key, its certificate, and the old root's cross
 * certificate.
 */
async function beforeTheNextRoot(config: Readonly<Record<string, string>> = {}): Promise<RotationStack<WorldProject>> {
  const stack = await RotationStack.over(await WorldProject.rootStack(config), TEN_YEARS);
  stack.at(BEGINNING + 1129 * DAY);
  await stack.up();
  stack.at(BEGINNING + 1130 * DAY);
  return stack;
}

void describe("A rotation run that is cut off", () => {
  const moments = [
    { made: "ca-root-g1", moment: "after", what: "the next root was issued and is not recorded" },
    { made: "ca-root-by-root-g1", moment: "before", what: "the old root under it was to be issued" },
    { made: "ca-root-by-root-g1", moment: "after", what: "the old root under it was issued and is not recorded" },
  ] as const;
  for (const { made, moment: wanted, what } of moments) {
    void it(`ends in the same state after recovery when ${what}`, async () => {
      const stack = await beforeTheNextRoot();
      try {
        await stack.project.cutOff(({ urn }, moment) => urn.endsWith(`::${made}`) && moment === wanted);
        assert.equal((await stack.project.state()).pending.length > 0, true);
        stack.project.recover();
        stack.at(BEGINNING + 1131 * DAY);
        await stack.up();
        await stack.checkState();
        const labels = ["intermediate-g1", "root-g1", "root", "ssh-host-key", "ssh-user-key-g1"];
        assert.deepEqual(stack.keyFiles, labels.map((label) => `${label}.pem`).sort());
        assert.doesNotMatch((await stack.tryUp()).output, /created|updated|replaced|deleted/);
      } finally {
        stack.project.remove();
      }
    });
  }

  // On day 1460 the keys of the old root are deleted.
  void it("ends in the same state after recovery when a key was deleted, and that is not recorded", async () => {
    const stack = await beforeTheNextRoot({ "kms-pki:deleteRetiredKeys": "true" });
    try {
      for (const day of [1130, 1280, 1395, 1420]) {
        stack.at(BEGINNING + day * DAY);
        await stack.up();
      }
      stack.at(BEGINNING + 1460 * DAY);
      await stack.project.cutOff(
        ({ urn, type }, moment) => type === "deleting" && urn.endsWith("::ca-root-key") && moment === "after",
      );
      assert.equal((await stack.project.state()).pending.length > 0, true);
      stack.project.recover();
      await stack.up();
      await stack.checkState();
      assert.equal(stack.keyFiles.includes("root.pem"), false, stack.keyFiles.join());
      assert.deepEqual((await stack.project.outputs())["releasedKeys"], []);
      assert.doesNotMatch((await stack.tryUp()).output, /created|updated|replaced|deleted/);
    } finally {
      stack.project.remove();
    }
  });
});

void describe("An authority that starts a rotation", () => {
  void it("keeps its keys and its root, warns about its path length, and continues with the next root", async () => {
    const { ssh: _, ...args } = TEN_YEARS;
    const stack = await RotationStack.over(await WorldProject.rootStack(), args);
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
      const commands = await runSaidCommands(project, refused.output);
      assert.match(commands.join("\n"), /existingRoot\.pathLength' 1\n.*notBefore' .*\n.*notAfter' /);
      const { run, calls } = await stack.upAgain();
      assert.match(run.output, /warning: The root has path length 1/);
      assert.doesNotMatch(run.output, /replaced|deleted/);
      assert.equal(calls.sign, 1); // the intermediate, whose end comes from the schedule
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
