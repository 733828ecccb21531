import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { ended } from "./project";
import { recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";

const UP = ["up", "--yes", "--skip-preview"];

/** Every call of ours in a full up, cut off on either side. */
const MOMENTS = [
  ...[1, 2, 3, 4].flatMap((n) => [`GetPublicKey:${String(n)}:before`, `GetPublicKey:${String(n)}:after`]),
  ...[1, 2].flatMap((n) => [`Sign:${String(n)}:before`, `Sign:${String(n)}:after`]),
];

async function withStack(test: (stack: AwsStack) => Promise<void>): Promise<void> {
  const stack = await AwsStack.rootStack();
  try {
    await test(stack);
  } finally {
    await stack.stop();
  }
}

/** The keys that are there are just those that the state names, and nothing is left to do. */
async function assertWhole(stack: AwsStack): Promise<void> {
  const { resources, pending } = await stack.project.state();
  assert.deepEqual(pending, []);
  const recorded = resources.filter(({ type }) => type === "aws:kms/key:Key").map(({ id }) => id);
  assert.equal(recorded.length, 4);
  assert.deepEqual((await stack.keys()).map(({ KeyId }) => KeyId).sort(), recorded.sort());
  stack.kms.clear();
  assert.match((await stack.project.up()).output, /13 unchanged/);
  assert.deepEqual(stack.kms.calls, []);
}

void describe("An up on AWS KMS that is killed", { skip: missing("pulumi", "ministack") }, () => {
  for (const moment of MOMENTS) {
    void it(`ends in the same state after recovery when it was killed at ${moment}`, () =>
      withStack(async (stack) => {
        const killed = await stack.killedAt(UP, moment, 4);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        stack.project.restoreTruncatedState();
        const before = recordedCertificates((await stack.project.state()).resources);

        await recover(stack.project);
        await stack.project.up();

        const after = recordedCertificates((await stack.project.state()).resources);
        assert.equal(after.size, 2);
        for (const [urn, pem] of before) {
          assert.equal(after.get(urn), pem, `${urn} was recorded and must not be signed again`);
        }
        await assertWhole(stack);
      }));
  }

  void it("keeps the recorded root when it is killed while the root is issued anew", () =>
    withStack(async (stack) => {
      await stack.project.up();
      const first = await stack.project.output("rootCertificate");
      await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
      await stack.killedAt(UP, "Sign:1:after", 0);
      stack.project.restoreTruncatedState();
      assert.equal((await stack.project.resource("ca-root")).outputs?.["certificatePem"], first);
      await recover(stack.project);
      await stack.project.up();
      assert.notEqual(await stack.project.output("rootCertificate"), first);
      await assertWhole(stack);
    }));

  for (const n of [1, 4]) {
    void it(`finds the key again by its tag when CreateKey ${String(n)} was cut off, and takes it when told to`, () =>
      withStack(async (stack) => {
        const pidFile = join(stack.project.scratch, "engine-pid");
        const child = stack.project.start(UP, {
          KMS_PKI_TEST_KILL_ENGINE_AT: `CreateKey:${String(n)}`,
          KMS_PKI_TEST_ENGINE_PID_FILE: pidFile,
        });
        writeFileSync(pidFile, String(child.pid));
        assert.equal((await ended(child)).signal, "SIGKILL");
        await recover(stack.project);
        const made = (await stack.keys()).map(({ KeyId = "" }) => KeyId);
        assert.ok(made.length >= n);

        // Each run names what it finds; each key is taken by its name.
        let run = await stack.project.pulumi(UP);
        assert.notEqual(run.code, 0);
        for (let tries = 0; run.code !== 0 && tries < 4; tries += 1) {
          assert.match(run.output, /KEY_EXISTS/);
          const [, role = "", keyId = ""] = /kms-pki:adopt\.([a-z-]+)' ([0-9a-f-]{36})/.exec(run.output) ?? [];
          assert.ok(made.includes(keyId), run.output);
          await stack.project.setConfig(`kms-pki:adopt.${role}`, keyId);
          run = await stack.project.pulumi(UP);
        }
        assert.equal(run.code, 0, run.output);
        await stack.project.up(); // what could not be read of the taken keys is declared now
        await assertWhole(stack);
      }));
  }
});
