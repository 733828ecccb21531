import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { killedInPluginAt, recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";

/** The message about something that another cut-off creation of the same run made. */
const TAKEN_NAME =
  /Making (\S+), which can never be deleted\..*'kms-pki:existing\.(\S+)' true[^]*Error 409: \w+ \1 already exists/;

/** A cloud KMS, and the parameters for testing killed runs on it. */
export interface KilledOn {
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack with every optional part turned on. */
  readonly start: () => Promise<KmsStack>;
  /** See {@link KmsStack.killedAt}: each cuts off the first up of a stack. */
  readonly moments: readonly string[];
  /** The type of the resource with which the cloud's plugin makes a key, and the plugin's operation for that. */
  readonly keyType: string;
  readonly create: string;
  /** The plugin's operation that creates the resource beside each key, and the type of that resource. */
  readonly beside: { readonly create: string; readonly type: string; readonly number: number };
  /** The number of resources. */
  readonly resources: number;
}

/** Tests that an up on a cloud KMS that is killed anywhere is complete after the documented recovery. */
export function survivesKills(on: KilledOn): void {
  const { name, skip, start, moments, create, beside } = on;

  const withStack = async (test: (stack: KmsStack) => Promise<void>): Promise<void> => {
    const stack = await start();
    try {
      await test(stack);
    } finally {
      await stack.stop();
    }
  };

  /** Kills the CLI after the service performed the plugin's request, before the engine knows. */
  const cutOff = async ({ project }: KmsStack, at: string, keys = 0): Promise<void> => {
    const run = await killedInPluginAt(project, UP_WITHOUT_PREVIEW, at, { type: on.keyType, number: keys });
    assert.equal(run.signal, "SIGKILL", run.output);
    project.removeEmptyAttributes();
  };

  const assertWhole = (stack: KmsStack, notDeclared = 0): Promise<void> => assertNothingIsLeft(stack, on, notDeclared);

  void describe(`A killed up on ${name}`, { skip }, () => {
    for (const moment of moments) {
      void it(`ends in the same state after recovery when it was killed at ${moment}`, () =>
        withStack(async (stack) => {
          const recorded = await killedAndRecovered(stack, moment, 4);
          await stack.project.succeed(UP_WITHOUT_PREVIEW);
          await assertKept(stack, recorded);
          await assertWhole(stack);
        }));
    }

    for (const n of [1, beside.number]) {
      void it(`ends in the same state after recovery when ${beside.create} ${String(n)} was cut off`, () =>
        withStack(async (stack) => {
          await cutOff(stack, `${beside.create}:${String(n)}`, 4);
          await recover(stack.project);
          const made = await stack.liveKeys();
          await stack.project.succeed(UP_WITHOUT_PREVIEW);
          assert.deepEqual(await stack.liveKeys(), made);
          const { resources: recorded } = await stack.project.state();
          assert.equal(recorded.filter(({ type }) => type === beside.type).length, beside.number);
          await assertWhole(stack);
        }));
    }

    for (const n of [1, 4]) {
      void it(`finds the key again when ${create} ${String(n)} was cut off, and adopts it when told to`, () =>
        withStack(async (stack) => {
          await cutOff(stack, `${create}:${String(n)}`);
          await recover(stack.project);
          const made = await stack.liveKeys();
          assert.ok(made.length >= n);

          // Each run reports what it finds, and each key is adopted by its name.
          let run = await stack.project.pulumi(UP_WITHOUT_PREVIEW);
          assert.notEqual(run.code, 0);
          let taken = 0;
          for (let tries = 0; run.code !== 0 && tries < 8; tries += 1) {
            const [, name, way] = TAKEN_NAME.exec(run.output) ?? [];
            if (name !== undefined && way !== undefined) {
              await stack.project.setConfig(`kms-pki:existing.${way}`, "true");
              taken += 1;
              run = await stack.project.pulumi(UP_WITHOUT_PREVIEW);
              continue;
            }
            assert.match(run.output, /KEY_EXISTS/);
            const [, role = "", id = ""] = /kms-pki:adopt\.([a-z-]+)' (\S+)\. To discard/.exec(run.output) ?? [];
            assert.ok(made.includes(id), run.output);
            await stack.project.setConfig(`kms-pki:adopt.${role}`, id);
            run = await stack.project.pulumi(UP_WITHOUT_PREVIEW);
          }
          assert.equal(run.code, 0, run.output);
          await stack.project.up(); // settings of the adopted keys that cannot be read are declared now
          await assertWhole(stack, taken);
        }));
    }
  });
}

/** Tests that one stack survives one kill after another. */
export function survivesOneKillAfterAnother(on: KilledOn, sign: string): void {
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
      await cutOffAt("GetPublicKey:4:before", 4);
      await cutOffAt("GetPublicKey:1:before");
      await cutOffAt("GetPublicKey:1:after");
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
      await killedAndRecovered(stack, `${sign}:1:after`, 0);
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
async function killedAndRecovered(stack: KmsStack, moment: string, keysRead: number): Promise<Map<string, unknown>> {
  const killed = await stack.killedAt(UP_WITHOUT_PREVIEW, moment, keysRead);
  assert.equal(killed.signal, "SIGKILL", killed.output);
  stack.project.removeEmptyAttributes();
  const recorded = recordedCertificates((await stack.project.state()).resources);
  await recover(stack.project);
  return recorded;
}

async function assertKept(stack: KmsStack, recorded: ReadonlyMap<string, unknown>): Promise<void> {
  const certificates = recordedCertificates((await stack.project.state()).resources);
  assert.equal(certificates.size, 2);
  for (const [urn, pem] of recorded) {
    assert.equal(certificates.get(urn), pem, `${urn} was recorded and must not be signed again`);
  }
}

/** Checks that the existing keys are exactly those in the state, and that nothing is left to do. */
async function assertNothingIsLeft(
  stack: KmsStack,
  { keyType, resources }: Pick<KilledOn, "keyType" | "resources">,
  notDeclared = 0,
): Promise<void> {
  const state = await stack.project.state();
  assert.deepEqual(state.pending, []);
  const recorded = state.resources.filter(({ type }) => type === keyType).map(({ id }) => id);
  assert.equal(recorded.length, 4);
  assert.deepEqual(await stack.liveKeys(), recorded.sort());
  stack.clear();
  const { output } = await stack.project.succeed(UP_WITHOUT_PREVIEW);
  assert.match(output, new RegExp(`${String(resources - notDeclared)} unchanged`));
  assert.deepEqual(stack.calls, []);
}
