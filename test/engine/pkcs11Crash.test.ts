import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missingSoftHsm } from "../pkcs11/token";
import { Pkcs11Stack } from "./pkcs11Stack";
import { ended, type Run, UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";

/** Before and after making the first and the last key, and at signatures. The tests on softkms cover every moment of these. */
const MOMENTS = [
  ...[1, 4].flatMap((n) => [`C_GenerateKeyPair ${String(n)} kill`, `C_GenerateKeyPair ${String(n)} after:kill`]),
  ...["C_Sign 1 after:kill", "C_Sign 2 kill"],
];

/** Runs the CLI and kills it (its own process, SIGKILL) at a call of the module, which continues when the engine is dead. */
async function killedAt(stack: Pkcs11Stack, moment: string): Promise<Run> {
  stack.module.inject(moment);
  const child = stack.project.start(UP_WITHOUT_PREVIEW);
  stack.module.engine = child.pid;
  return ended(child);
}

void describe("A killed up in a PKCS#11 token", { skip: missingSoftHsm("pulumi", "cc") }, () => {
  const withStack = async (test: (stack: Pkcs11Stack) => Promise<void>): Promise<void> => {
    const stack = await Pkcs11Stack.rootStack({ "kms-pki:storeCertificates": "true" });
    try {
      await test(stack);
    } finally {
      await stack.stop();
    }
  };

  const assertWhole = async (stack: Pkcs11Stack, before: ReadonlyMap<string, unknown>): Promise<void> => {
    await recover(stack.project);
    stack.module.clear();
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    const { resources, pending } = await stack.project.state();
    assert.deepEqual(pending, []);
    const after = recordedCertificates(resources);
    assert.equal(after.size, 2);
    for (const [urn, pem] of before) {
      assert.equal(after.get(urn), pem, `${urn} was recorded and must not be signed again`);
    }
    assert.deepEqual(stack.labels, ["ca-intermediate", "ca-root", "ca-ssh-host-key", "ca-ssh-user-key"]);
    stack.module.clear();
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /12 unchanged/);
    assert.deepEqual(stack.module.calls, []);
  };

  for (const moment of MOMENTS) {
    void it(`makes no second key and signs nothing again after a kill at ${moment}`, () =>
      withStack(async (stack) => {
        const killed = await killedAt(stack, moment);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        stack.project.removeEmptyAttributes();
        await assertWhole(stack, recordedCertificates((await stack.project.state()).resources));
      }));
  }
});
