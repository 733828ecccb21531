import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";

/** A KMS, and the parameters for testing killed runs on it. */
export interface KilledOn<Stack extends KmsStack = KmsStack> {
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack. */
  readonly start: () => Promise<Stack>;
  /** See {@link KmsStack.killedAt}: each cuts off the first up of a stack. */
  readonly moments: readonly string[];
  /** The type of the resource that is a key, and the number of keys. */
  readonly keyType: string;
  readonly keys: number;
  /** The number of resources. */
  readonly resources: number;
  /** More checks of a stack that a killed up and the next one made. */
  readonly check?: (stack: Stack) => Promise<void>;
}

/** Tests that a killed up is complete after the documented recovery, without a second key or signature. */
export function survivesKills<Stack extends KmsStack>(on: KilledOn<Stack>): void {
  const { name, skip, moments, keys } = on;

  void describe(`A killed up on ${name}`, { skip }, () => {
    for (const moment of moments) {
      void it(`ends in the same state after recovery when it was killed at ${moment}`, () =>
        withStack(on, async (stack) => {
          const recorded = await killedAndRecovered(stack, moment, keys);
          await stack.project.succeed(UP_WITHOUT_PREVIEW);
          await assertKept(stack, recorded);
          await on.check?.(stack);
          await assertNothingIsLeft(stack, on);
        }));
    }
  });
}

/** Makes a stack for a test, and removes it afterwards. */
export async function withStack<Stack extends KmsStack>(
  { start }: Pick<KilledOn<Stack>, "start">,
  test: (stack: Stack) => Promise<void>,
): Promise<void> {
  const stack = await start();
  try {
    await test(stack);
  } finally {
    await stack.stop();
  }
}

/**
 * That one stack goes through one kill after another, and ends whole.
 *
 * @param atKeys the moments of the first kills, while the keys are made or read
 * @param sign the operation that signs
 */
export function survivesOneKillAfterAnother(on: KilledOn, atKeys: readonly string[], sign: string): void {
  void describe(`A stack on ${on.name} with one killed run after another`, { skip: on.skip }, () => {
    let stack: KmsStack;
    before(async () => {
      stack = await on.start();
    });
    after(() => stack.stop());

    void it("ends in the same state, without signing anything recorded again", async () => {
      const recorded = new Map<string, unknown>();
      const cutOffAt = async (moment: string, keysRead = 0): Promise<void> => {
        for (const [urn, pem] of await killedAndRecovered(stack, moment, keysRead)) {
          assert.equal(pem, recorded.get(urn) ?? pem, `${urn} was recorded and must not be signed again`);
          recorded.set(urn, pem);
        }
      };
      for (const [index, moment] of atKeys.entries()) {
        await cutOffAt(moment, index === 0 ? on.keys : 0);
      }
      await cutOffAt(`${sign}:1:before`);
      await cutOffAt(`${sign}:1:after`);
      await cutOffAt(`${sign}:2:before`);
      assert.equal(recorded.size, 1); // the root is signed, so the next signature is for the intermediate
      await cutOffAt(`${sign}:1:after`);
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      await assertKept(stack, recorded);
      await assertNothingIsLeft(stack, on);
    });

    void it("keeps the recorded root when it is killed while the root is reissued", async () => {
      const first = await stack.project.output("rootCertificate");
      await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
      await killedAndRecovered(stack, `${sign}:1:after`);
      assert.equal((await stack.project.resource("ca-root")).outputs?.["certificatePem"], first);
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.notEqual(await stack.project.output("rootCertificate"), first);
      await assertNothingIsLeft(stack, on);
    });
  });
}

/**
 * Kills an up at a moment, and recovers as documented.
 *
 * @returns the certificates that the engine had recorded
 */
export async function killedAndRecovered(stack: KmsStack, moment: string, keysRead = 0): Promise<Map<string, unknown>> {
  const killed = await stack.killedAt(UP_WITHOUT_PREVIEW, moment, keysRead);
  assert.equal(killed.signal, "SIGKILL", killed.output);
  stack.project.removeEmptyAttributes();
  const recorded = recordedCertificates((await stack.project.state()).resources);
  await recover(stack.project);
  return recorded;
}

export async function assertKept(stack: KmsStack, recorded: ReadonlyMap<string, unknown>): Promise<void> {
  const certificates = recordedCertificates((await stack.project.state()).resources);
  assert.equal(certificates.size, 2);
  for (const [urn, pem] of recorded) {
    assert.equal(certificates.get(urn), pem, `${urn} was recorded and must not be signed again`);
  }
}

/** Checks that the existing keys are exactly those in the state, and that nothing is left to do. */
export async function assertNothingIsLeft(
  stack: KmsStack,
  { keyType, keys, resources }: Pick<KilledOn, "keyType" | "keys" | "resources">,
  notDeclared = 0,
): Promise<void> {
  const state = await stack.project.state();
  assert.deepEqual(state.pending, []);
  const recorded = state.resources.filter(({ type }) => type === keyType).map(({ id }) => id);
  assert.equal(recorded.length, keys);
  assert.deepEqual(await stack.liveKeys(), recorded.sort());
  stack.clear();
  const { output } = await stack.project.succeed(UP_WITHOUT_PREVIEW);
  assert.match(output, new RegExp(`${String(resources - notDeclared)} unchanged`));
  assert.deepEqual(stack.calls, []);
}
