import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { ended, UP, UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { recordedCertificates } from "./recordedCertificates";

/** What is said of something that another cut-off creation of the same run had made. */
const TAKEN_NAME =
  /Makes (\S+), which can never be deleted\..*kms-pki:existing\.(\S+) true\)[^]*Error 409: \w+ \1 already exists/;

/** A KMS of a cloud, and what killed runs on it are tested by. */
export interface KilledOn {
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack with every optional part on. */
  readonly start: () => Promise<KmsStack>;
  /** The service's own name of the operation that signs. */
  readonly sign: string;
  /** The type of the resource by which the cloud's plugin makes a key, and what the plugin calls that. */
  readonly keyType: string;
  readonly create: string;
  /** What the plugin calls the creation of what is made beside each key, and the type of that. */
  readonly beside: { readonly create: string; readonly type: string; readonly number: number };
  /** How many resources there are. */
  readonly resources: number;
}

/** That an up on a cloud's KMS which is killed anywhere ends whole after the documented recovery. */
export function survivesKills(on: KilledOn): void {
  const { name, skip, start, sign, keyType, create, beside, resources } = on;
  /** The calls of ours in a full up, cut off on either side. Of the four keys the first and the last: the others are read alike. */
  const moments = [
    ...[1, 4].flatMap((n) => [`GetPublicKey:${String(n)}:before`, `GetPublicKey:${String(n)}:after`]),
    ...[1, 2].flatMap((n) => [`${sign}:${String(n)}:before`, `${sign}:${String(n)}:after`]),
  ];

  const withStack = async (test: (stack: KmsStack) => Promise<void>): Promise<void> => {
    const stack = await start();
    try {
      await test(stack);
    } finally {
      await stack.stop();
    }
  };

  /** Kills the CLI when the service has done what the plugin asked, and the engine has not heard of it. */
  const cutOff = async ({ project }: KmsStack, at: string): Promise<void> => {
    const pidFile = join(project.scratch, "engine-pid");
    const environment = { KMS_PKI_TEST_KILL_ENGINE_AT: at, KMS_PKI_TEST_ENGINE_PID_FILE: pidFile };
    const child = project.start(UP_WITHOUT_PREVIEW, environment);
    writeFileSync(pidFile, String(child.pid));
    assert.equal((await ended(child)).signal, "SIGKILL");
    project.removeEmptyAttributes();
  };

  /** The keys that are there are just those that the state names, and nothing is left to do. */
  const assertWhole = async (stack: KmsStack, notDeclared = 0): Promise<void> => {
    const state = await stack.project.state();
    assert.deepEqual(state.pending, []);
    const recorded = state.resources.filter(({ type }) => type === keyType).map(({ id }) => id);
    assert.equal(recorded.length, 4);
    assert.deepEqual(await stack.liveKeys(), recorded.sort());
    stack.clear();
    assert.match(
      (await stack.project.succeed(UP_WITHOUT_PREVIEW)).output,
      new RegExp(`${String(resources - notDeclared)} unchanged`),
    );
    assert.deepEqual(stack.calls, []);
  };

  void describe(`An up on ${name} that is killed`, { skip }, () => {
    for (const moment of moments) {
      void it(`ends in the same state after recovery when it was killed at ${moment}`, () =>
        withStack(async (stack) => {
          const killed = await stack.killedAt(UP_WITHOUT_PREVIEW, moment, 4);
          assert.equal(killed.signal, "SIGKILL", killed.output);
          stack.project.removeEmptyAttributes();
          const before = recordedCertificates((await stack.project.state()).resources);

          await recover(stack.project);
          await stack.project.succeed(UP_WITHOUT_PREVIEW);

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
        await stack.killedAt(UP_WITHOUT_PREVIEW, `${sign}:1:after`, 0);
        stack.project.removeEmptyAttributes();
        assert.equal((await stack.project.resource("ca-root")).outputs?.["certificatePem"], first);
        await recover(stack.project);
        await stack.project.up();
        assert.notEqual(await stack.project.output("rootCertificate"), first);
        await assertWhole(stack);
      }));

    for (const n of [1, beside.number]) {
      void it(`ends in the same state after recovery when ${beside.create} ${String(n)} was cut off`, () =>
        withStack(async (stack) => {
          await cutOff(stack, `${beside.create}:${String(n)}`);
          await recover(stack.project);
          const made = await stack.liveKeys();
          await stack.project.up();
          assert.deepEqual(await stack.liveKeys(), made);
          const { resources: recorded } = await stack.project.state();
          assert.equal(recorded.filter(({ type }) => type === beside.type).length, beside.number);
          await assertWhole(stack);
        }));
    }

    for (const n of [1, 4]) {
      void it(`finds the key again when ${create} ${String(n)} was cut off, and takes it when told to`, () =>
        withStack(async (stack) => {
          await cutOff(stack, `${create}:${String(n)}`);
          await recover(stack.project);
          const made = await stack.liveKeys();
          assert.ok(made.length >= n);

          // Each run names what it finds; each key is taken by its name.
          let run = await stack.project.pulumi(UP);
          assert.notEqual(run.code, 0);
          let taken = 0;
          for (let tries = 0; run.code !== 0 && tries < 8; tries += 1) {
            const [, name, way] = TAKEN_NAME.exec(run.output) ?? [];
            if (name !== undefined && way !== undefined) {
              await stack.project.setConfig(`kms-pki:existing.${way}`, "true");
              taken += 1;
              run = await stack.project.pulumi(UP);
              continue;
            }
            assert.match(run.output, /KEY_EXISTS/);
            const [, role = "", id = ""] = /kms-pki:adopt\.([a-z-]+)' ([^)\s]+)\)/.exec(run.output) ?? [];
            assert.ok(made.includes(id), run.output);
            await stack.project.setConfig(`kms-pki:adopt.${role}`, id);
            run = await stack.project.pulumi(UP);
          }
          assert.equal(run.code, 0, run.output);
          await stack.project.up(); // what could not be read of the taken keys is declared now
          await assertWhole(stack, taken);
        }));
    }
  });
}
