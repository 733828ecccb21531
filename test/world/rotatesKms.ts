import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import type { KmsStack } from "../engine/kmsStack";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import { type GenerationOutput, RotationStack } from "../engine/rotationStack";
import type { StackProject } from "../engine/stackProject";

/** A cloud KMS, and the parameters for testing a rotation in it. */
export interface RotatesOn<Stack extends KmsStack<StackProject>> {
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack without SSH keys. */
  readonly start: (config: Readonly<Record<string, string>>) => Promise<Stack>;
  /** The resources beside the keys in the service: aliases, or the members that may use the keys. */
  readonly beside: (stack: Stack) => Promise<unknown>;
  /** The number of keys scheduled for deletion, among all that were ever made. */
  readonly deleted: (stack: Stack) => Promise<number>;
  /** The service's own name of the operation that signs. */
  readonly sign: string;
  /** The type of the resource with which the cloud's plugin makes a key, and the suffix of the name for generation 1. */
  readonly keyResource: RegExp;
}

/** Tests the rotation of keys in a cloud KMS. */
export function rotatesKms<Stack extends KmsStack<StackProject>>(on: RotatesOn<Stack>): void {
  const { name, skip, start, beside, deleted, sign, keyResource } = on;
  void describe(`A rotation on ${name}`, { skip }, () => {
    let kms: Stack;
    let stack: RotationStack;
    const upOn = async (day: number): Promise<Record<string, unknown>> => {
      stack.at(BEGINNING + day * DAY);
      kms.clear();
      await kms.project.up();
      return stack.checkState();
    };
    const signatures = (): number => kms.calls.filter((call) => call === sign).length;
    before(async () => {
      kms = await start({ "kms-pki:ssh": "false" });
      stack = await RotationStack.over(kms.project, ONE_OF_EACH);
    });
    after(() => kms.stop());

    /** Whether a client with one of these roots verifies certificates of the active intermediate. */
    const verifies = (outputs: Record<string, unknown>): void => {
      const file = (what: string, pem: unknown): string => {
        const path = join(kms.project.scratch, `${what}.pem`);
        writeFileSync(path, String(pem));
        return path;
      };
      const bundle = file("bundle", outputs["intermediateBundle"]);
      for (const root of outputs["roots"] as GenerationOutput[]) {
        const at = ["-attime", String(stack.now / 1000), "-x509_strict"];
        const roots = ["-CAfile", file("root", root.certificate), "-untrusted", bundle];
        assert.match(openssl(["verify", ...at, ...roots, bundle]), /: OK/);
      }
    };

    void it("makes the next intermediate early, without a KMS call in the preview, and moves to it without a signature", async () => {
      verifies(await upOn(0));
      stack.at(BEGINNING + 195 * DAY);
      kms.clear();
      await kms.project.succeed(["preview"]);
      assert.deepEqual(kms.calls, []);
      await upOn(195);
      assert.equal(signatures(), 1);
      const outputs = await upOn(200);
      assert.equal(signatures(), 0);
      verifies(outputs);
    });

    void it("refuses to be destroyed, and keeps everything", async () => {
      const before = await beside(kms);
      // A preview would refuse it, and the test would do nothing.
      const refused = await kms.project.pulumi(["destroy", "--yes", "--skip-preview"]);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /protect/);
      assert.deepEqual(await beside(kms), before);
      assert.match((await stack.tryUp()).output, /\d+ unchanged/);
    });

    void it("releases the old key, and leaves it in place", async () => {
      const outputs = await upOn(235);
      assert.equal((outputs["releasedKeys"] as string[]).length, 1);
      assert.equal(await deleted(kms), 0);
      assert.equal((await kms.liveKeys()).length, 3);
    });

    void it("finds a key again that a cut-off run made, among released ones", async () => {
      await kms.project.setConfig("kms-pki:deleteRetiredKeys", "true");
      verifies(await upOn(300)); // the next root is published
      await kms.project.forget((urn) => /::ca-root-(?:g1|by-root-g1)|::ca-intermediate-g1-root-g1/.test(urn));
      const run = await stack.tryUp();
      assert.match(run.output, /KEY_EXISTS: there is the key/);
      const [, key = "", id = ""] = /kms-pki:adopt\.([a-z0-9-]+)' (\S+)\. To discard/.exec(run.output) ?? [];
      assert.equal(key, "root-g1");
      await kms.project.setConfig(`kms-pki:adopt.${key}`, id);
      verifies(await upOn(301));
      assert.equal((await kms.liveKeys()).length, 4, "no other was made");
    });

    void it("moves to the next root, and to the next intermediate under it", async () => {
      const outputs = await upOn(400);
      verifies(outputs);
      const { resources } = await kms.project.state();
      assert.ok(resources.some(({ urn }) => keyResource.test(urn)));
    });

    void it("schedules gone keys for deletion if that was set while they were in the program", async () => {
      await upOn(435);
      assert.equal(await deleted(kms), 1);
      verifies(await upOn(500));
      assert.equal(await deleted(kms), 2);
      // The released one is still there, beside those in use.
      assert.equal((await kms.liveKeys()).length, 3);
      kms.clear();
      assert.match((await stack.tryUp()).output, /unchanged/);
      assert.deepEqual(kms.calls, []);
    });
  });
}
