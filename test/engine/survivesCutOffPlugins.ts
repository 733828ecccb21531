import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UP_WITHOUT_PREVIEW } from "./project";
import { assertNothingIsLeft, killedAndRecovered, type KilledOn, withStack } from "./survivesKills";

/** The messages about what other cut-off creations of the same run made. */
const TAKEN_NAME =
  /Making (\S+), which can never be deleted\..*'kms-pki:existing\.(\S+)' true[^]*?Error 409: \w+ \1 already exists/g;
/** The messages about keys that the state does not know. */
const FOUND_KEY = /kms-pki:adopt\.([a-z-]+)' (\S+)\. To discard/g;

/**
 * Tests that an up on a cloud KMS whose plugin was cut off while it made a key is complete after the documented recovery.
 *
 * @param create the plugin's operation that makes a key
 * @param number which of these creations is cut off
 */
export function survivesCutOffPlugins(on: KilledOn, create: string, number: number): void {
  void describe(`An up on ${on.name} with a plugin that is cut off`, { skip: on.skip }, () => {
    void it(`finds the key again when ${create} ${String(number)} was cut off, and adopts it when told to`, () =>
      withStack(on, async (stack) => {
        const { project } = stack;
        await killedAndRecovered(stack, `plugin:${create}:${String(number)}`);
        const made = await stack.liveKeys();
        assert.ok(made.length >= number);

        // Each run reports what it finds, and each key is adopted by its name.
        let run = await project.pulumi(UP_WITHOUT_PREVIEW);
        assert.notEqual(run.code, 0);
        let taken = 0;
        for (let tries = 0; run.code !== 0 && tries < 8; tries += 1) {
          const ways = [...run.output.matchAll(TAKEN_NAME)].map(([, , way = ""]) => way);
          for (const way of new Set(ways)) {
            await project.setConfig(`kms-pki:existing.${way}`, "true");
            taken += 1;
          }
          const found = [...run.output.matchAll(FOUND_KEY)];
          for (const [, role = "", id = ""] of found) {
            assert.match(run.output, /KEY_EXISTS/);
            assert.ok(made.includes(id), run.output);
            await project.setConfig(`kms-pki:adopt.${role}`, id);
          }
          assert.ok(ways.length + found.length > 0, run.output);
          run = await project.pulumi(UP_WITHOUT_PREVIEW);
        }
        assert.equal(run.code, 0, run.output);
        // Settings of the adopted keys that cannot be read are declared now.
        await project.succeed(UP_WITHOUT_PREVIEW);
        await assertNothingIsLeft(stack, on, taken);
      }));
  });
}
