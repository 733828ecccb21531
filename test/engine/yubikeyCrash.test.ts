import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { ended, type Run, UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";
import { YubiKeyStack } from "./yubiKeyStack";

/** Before and after every write of a full up, and at a signature. The tests on softkms cover every moment of these. */
const MOMENTS = [
  ...[1, 2].flatMap((n) => [["GENERATE", n, "before"] as const, ["GENERATE", n, "after"] as const]),
  ...[1, 3, 5].map((n) => ["PUT DATA", n, "after"] as const),
  ["SIGN", 1, "after"] as const,
];

/**
 * Runs the CLI and kills it (its own process, SIGKILL) at the n-th command of a kind: before the card carries it out, or before it
 * answers. The card continues when the engine is dead.
 */
async function killedAt(stack: YubiKeyStack, command: string, n: number, moment: "before" | "after"): Promise<Run> {
  const child = stack.project.start(UP_WITHOUT_PREVIEW);
  const dead = once(child, "exit");
  stack.card.inject(command, (forward) => forward(), n - 1);
  stack.card.inject(command, async (forward) => {
    const response = moment === "after" ? await forward() : undefined;
    child.kill("SIGKILL");
    await dead;
    return response ?? forward();
  });
  return ended(child);
}

void describe("A killed up on a YubiKey", { skip: missing("pulumi", "pcscd", "piv-card", "opensc-tool") }, () => {
  const withStack = async (test: (stack: YubiKeyStack) => Promise<void>): Promise<void> => {
    const stack = await YubiKeyStack.rootStack();
    try {
      await test(stack);
    } finally {
      await stack.stop();
    }
  };

  for (const [command, n, moment] of MOMENTS) {
    void it(`makes no second key and signs nothing again after a kill ${moment} ${command} ${String(n)}`, () =>
      withStack(async (stack) => {
        const killed = await killedAt(stack, command, n, moment);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        stack.project.removeEmptyAttributes();
        const before = recordedCertificates((await stack.project.state()).resources);

        await recover(stack.project);
        await stack.project.succeed(UP_WITHOUT_PREVIEW);

        const { resources, pending } = await stack.project.state();
        assert.deepEqual(pending, []);
        const after = recordedCertificates(resources);
        for (const [urn, pem] of before) {
          assert.equal(after.get(urn), pem, `${urn} was recorded and must not be signed again`);
        }
        assert.equal(stack.seen("GENERATE"), 2);
        for (const [slot, output] of [
          ["9a", "rootCertificate"],
          ["9c", "intermediateCertificate"],
        ] as const) {
          assert.equal(await stack.certificate(slot), (await stack.project.output(output)).trim());
        }
        stack.card.clear();
        assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
        assert.deepEqual(stack.card.calls, []);
      }));
  }

  void it("makes a key again, and says so, only when the card was pulled before it returned the first", () =>
    withStack(async (stack) => {
      stack.card.inject("GENERATE", async (forward) => {
        await forward();
        await stack.card.remove();
        return Buffer.from("6f00", "hex");
      });
      const cut = await stack.pulumi(UP_WITHOUT_PREVIEW); // as in the kills above
      assert.notEqual(cut.code, 0);
      assert.match(cut.output, /CARD_REMOVED|CARD_NOT_FOUND/);
      await stack.readers.reinsert(stack.card);
      const { output } = await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.match(output, /slot 9[ac] bears the mark of an interrupted run of urn:pulumi:\S+; making its key now/);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /11 unchanged/);
    }));
});
