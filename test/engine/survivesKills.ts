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

type Keys = Pick<KilledOn, "keyType" | "keys">;

/** A test of a stack that is whole, with more killed runs. */
export interface KilledChange<Stack extends KmsStack> {
  /** The end of a sentence about the stack. */
  readonly title: string;
  readonly test: (stack: Stack) => Promise<void>;
  /** The number of resources that it adds. Default 0. */
  readonly added?: number;
}

/** A kill of the first up after a setting was changed. */
interface KilledWith {
  readonly setting: string;
  readonly value: string;
  /** See {@link KmsStack.killedAt}. */
  readonly moment: string;
}

/** The kills of one new stack. */
export interface KilledStack<Stack extends KmsStack> {
  /** The moments, one for each up: see {@link KmsStack.killedAt}. */
  readonly moments: readonly (string | KilledWith)[];
  /** Changes of the stack that is whole. Default none. */
  readonly changes?: readonly KilledChange<Stack>[];
}

/**
 * Tests that one up after another of a new stack is killed, and the first one that is not ends as if there had been no kill: no
 * second key, and no second signature for what was recorded. Each run continues what the killed ones left. Each stack ends with the
 * same resources, and an up of the first proves that nothing is left to do.
 */
export function survivesKills<Stack extends KmsStack>(
  on: KilledOn<Stack>,
  ...stacks: readonly KilledStack<Stack>[]
): void {
  void describe(`An up on ${on.name} that is killed`, { skip: on.skip }, () => {
    let first: readonly string[] | undefined;
    for (const { moments, changes = [] } of stacks) {
      const kills = moments.map((kill) => (typeof kill === "string" ? kill : `${kill.moment} with ${kill.setting}`));
      void describe(`at ${kills.join(", then ")}`, () => {
        let stack: Stack;
        before(async () => {
          stack = await on.start();
        });
        after(() => stack.stop());

        void it("ends in the same state after each is recovered, without signing anything recorded again", async () => {
          await survives(stack, on, moments);
          const resources = await resourcesOf(stack);
          first ??= resources;
          assert.deepEqual(resources, first);
          await on.check?.(stack);
        });

        for (const { title, test } of changes) {
          void it(title, async () => {
            await test(stack);
            await assertNoKeyIsLeft(stack, on);
          });
        }

        if (moments === stacks[0]?.moments) {
          void it("has nothing left to do", () => {
            const added = changes.reduce((sum, change) => sum + (change.added ?? 0), 0);
            return assertNothingIsLeft(stack, { ...on, resources: on.resources + added });
          });
        }
      });
    }
  });
}

async function survives(stack: KmsStack, on: Keys, moments: KilledStack<KmsStack>["moments"]): Promise<void> {
  const recorded = new Map<string, unknown>();
  for (const [index, kill] of moments.entries()) {
    if (typeof kill !== "string") {
      await stack.project.setConfig(kill.setting, kill.value);
    }
    const moment = typeof kill === "string" ? kill : kill.moment;
    for (const [urn, pem] of await killedAndRecovered(stack, moment, index === 0 ? on.keys : 0)) {
      assert.equal(pem, recorded.get(urn) ?? pem, `${urn} was recorded and must not be signed again`);
      recorded.set(urn, pem);
    }
  }
  await stack.project.succeed(UP_WITHOUT_PREVIEW);
  await assertKept(stack, recorded);
  await assertNoKeyIsLeft(stack, on);
}

/** The resources of a stack, each with the names of its outputs. */
async function resourcesOf(stack: KmsStack): Promise<string[]> {
  const { resources } = await stack.project.state();
  return resources
    .filter(({ type }) => !type.startsWith("pulumi:providers:"))
    .map(({ urn, outputs = {} }) => `${urn} ${Object.keys(outputs).sort().join()}`)
    .sort();
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
async function assertNoKeyIsLeft(stack: KmsStack, { keyType, keys }: Keys): Promise<void> {
  const state = await stack.project.state();
  assert.deepEqual(state.pending, []);
  const recorded = state.resources.filter(({ type }) => type === keyType).map(({ id }) => id);
  assert.equal(recorded.length, keys);
  assert.deepEqual(await stack.liveKeys(), recorded.sort());
}

/** Checks that the existing keys are exactly those in the state, and that nothing is left to do. */
export async function assertNothingIsLeft(
  stack: KmsStack,
  on: Keys & Pick<KilledOn, "resources">,
  notDeclared = 0,
): Promise<void> {
  await assertNoKeyIsLeft(stack, on);
  stack.clear();
  const { output } = await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
  assert.match(output, new RegExp(`${String(on.resources - notDeclared)} unchanged`));
  assert.deepEqual(stack.calls, []);
}
