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
  /** The type of the resource that is a key, and the number of keys. */
  readonly keyType: string;
  readonly keys: number;
  /** The number of resources. */
  readonly resources: number;
  /** More checks of a stack after its first up that was not killed. */
  readonly check?: (stack: Stack) => Promise<void>;
}

/** A test of a stack that is whole, with more killed runs. */
export interface KilledChange<Stack extends KmsStack> {
  /** The end of a sentence about the stack. */
  readonly title: string;
  readonly test: (stack: Stack) => Promise<void>;
  /** The number of resources that it adds. Default 0. */
  readonly added?: number;
}

/**
 * Tests that one up after another of a new stack is killed, and the first one that is not ends as if there had been no kill: no
 * second key, and no second signature for what was recorded. Each run continues what the killed ones left.
 *
 * @param moments see {@link KmsStack.killedAt}
 * @param changes of the stack that is whole
 */
export function survivesKills<Stack extends KmsStack>(
  on: KilledOn<Stack>,
  moments: readonly string[],
  changes: readonly KilledChange<Stack>[] = [],
): void {
  void describe(
    `A stack on ${on.name} whose first ups are killed at ${moments.join(", then ")}`,
    { skip: on.skip },
    () => {
      let stack: Stack;
      before(async () => {
        stack = await on.start();
      });
      after(() => stack.stop());

      void it("ends in the same state after each is recovered, without signing anything recorded again", async () => {
        const recorded = new Map<string, unknown>();
        for (const [index, moment] of moments.entries()) {
          for (const [urn, pem] of await killedAndRecovered(stack, moment, index === 0 ? on.keys : 0)) {
            assert.equal(pem, recorded.get(urn) ?? pem, `${urn} was recorded and must not be signed again`);
            recorded.set(urn, pem);
          }
        }
        await stack.project.succeed(UP_WITHOUT_PREVIEW);
        await assertKept(stack, recorded);
        await assertNoKeyIsLeft(stack, on);
        await on.check?.(stack);
      });

      for (const { title, test } of changes) {
        void it(title, async () => {
          await test(stack);
          await assertNoKeyIsLeft(stack, on);
        });
      }

      void it("has nothing left to do", () => {
        const added = changes.reduce((sum, change) => sum + (change.added ?? 0), 0);
        return assertNothingIsLeft(stack, { ...on, resources: on.resources + added });
      });
    },
  );
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
 * Kills an up at a moment, and recovers as documented.
 *
 * @returns the certificates that the engine had recorded
 */
export async function killedAndRecovered(stack: KmsStack, moment: string, keysRead = 0): Promise<Map<string, unknown>> {
  const killed = await stack.killedAt(UP_WITHOUT_PREVIEW, moment, keysRead);
  assert.equal(killed.signal, "SIGKILL", `not killed at ${moment}:\n${killed.output}`);
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

/** Checks that the existing keys are exactly those in the state. */
async function assertNoKeyIsLeft(
  stack: KmsStack,
  { keyType, keys }: Pick<KilledOn, "keyType" | "keys">,
): Promise<void> {
  const state = await stack.project.state();
  assert.deepEqual(state.pending, []);
  const recorded = state.resources.filter(({ type }) => type === keyType).map(({ id }) => id);
  assert.equal(recorded.length, keys);
  assert.deepEqual(await stack.liveKeys(), recorded.sort());
}

/** Checks that the existing keys are exactly those in the state, and that nothing is left to do. */
export async function assertNothingIsLeft(
  stack: KmsStack,
  on: Pick<KilledOn, "keyType" | "keys" | "resources">,
  notDeclared = 0,
): Promise<void> {
  await assertNoKeyIsLeft(stack, on);
  stack.clear();
  const { output } = await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
  assert.match(output, new RegExp(`${String(on.resources - notDeclared)} unchanged`));
  assert.deepEqual(stack.calls, []);
}
