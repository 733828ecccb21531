import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { killedInPluginAt, recover } from "./providerCalls";
import { assertNothingIsLeft, type KilledOn, withStack } from "./survivesKills";

/** The message about something that another cut-off creation of the same run made. */
const TAKEN_NAME =
  /Making (\S+), which can never be deleted\..*'kms-pki:existing\.(\S+)' true[^]*Error 409: \w+ \1 already exists/;

/** A cloud KMS, whose keys a plugin makes, and the parameters for testing killed runs on it. */
export interface PluginKilledOn extends KilledOn {
  /** The plugin's operation that makes a key. */
  readonly create: string;
  /** The plugin's operation that creates the resource beside each key, and the type of that resource. */
  readonly beside: { readonly create: string; readonly type: string; readonly number: number };
}

/** Tests that an up on a cloud KMS whose plugin was cut off is complete after the documented recovery. */
export function survivesCutOffPlugins(on: PluginKilledOn): void {
  const { name, skip, create, beside } = on;

  /** Kills the CLI after the service performed the plugin's request, before the engine knows. */
  const cutOff = async ({ project }: KmsStack, at: string, keys = 0): Promise<void> => {
    const run = await killedInPluginAt(project, UP_WITHOUT_PREVIEW, at, { type: on.keyType, number: keys });
    assert.equal(run.signal, "SIGKILL", run.output);
    project.removeEmptyAttributes();
  };

  void describe(`An up on ${name} with a plugin that is cut off`, { skip }, () => {
    for (const n of [1, beside.number]) {
      void it(`ends in the same state after recovery when ${beside.create} ${String(n)} was cut off`, () =>
        withStack(on, async (stack) => {
          await cutOff(stack, `${beside.create}:${String(n)}`, on.keys);
          await recover(stack.project);
          const made = await stack.liveKeys();
          await stack.project.succeed(UP_WITHOUT_PREVIEW);
          assert.deepEqual(await stack.liveKeys(), made);
          const { resources: recorded } = await stack.project.state();
          assert.equal(recorded.filter(({ type }) => type === beside.type).length, beside.number);
          await assertNothingIsLeft(stack, on);
        }));
    }

    for (const n of [1, 4]) {
      void it(`finds the key again when ${create} ${String(n)} was cut off, and adopts it when told to`, () =>
        withStack(on, async (stack) => {
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
          await assertNothingIsLeft(stack, on, taken);
        }));
    }
  });
}
