import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { caJson, type MadeCa } from "../engine/adoptsRunningCa";
import type { KmsStack } from "../engine/kmsStack";
import { UP } from "../engine/project";
import { DAY } from "../engine/rotationSchedule";
import type { GenerationOutput } from "../engine/rotationStack";
import type { WorldProject } from "./worldProject";

/** A CA that an init tool makes, and a stack that takes it over. */
export interface RotatesTakenOver<Stack extends KmsStack<WorldProject>> {
  readonly name: string;
  readonly skip: string | false;
  readonly start: () => Promise<Stack>;
  readonly make: (stack: Stack, folder: string) => Promise<MadeCa>;
  /** The KMS's own name of the operation that signs. */
  readonly sign: string;
  /** Options of `kms-pki adopt`. */
  readonly options?: readonly string[];
  /** Settings of the places for the next keys, once the stack has taken the CA over. */
  readonly places?: Readonly<Record<string, string>>;
  /** How many signatures prove that a key is where its certificate is. They sign no certificate. */
  readonly proofs?: number;
}

/** The tools make certificates that begin now. */
const BEGINNING = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
const start = new Date(BEGINNING).toISOString();

/** The root changes on day 400, while the first intermediate is in use, which changes on day 600. */
const ROTATION: RotationArgs = {
  root: { start, every: "400d", publishBefore: "100d", retireAfter: "100d" },
  intermediate: { start, every: "600d", publishBefore: "10d", retireAfter: "30d" },
};

/** Tests that the keys of a CA that `kms-pki adopt` took over rotate as the stack's own, and are never changed or deleted. */
export function rotatesTakenOver<Stack extends KmsStack<WorldProject>>(on: RotatesTakenOver<Stack>): void {
  void describe(`A CA made by ${on.name} that rotates`, { skip: on.skip }, () => {
    let stack: Stack;
    let old: { keys: string[]; root: string; intermediate: string };
    before(async () => {
      stack = await on.start();
      const { folder, keys } = await on.make(stack, join(stack.project.scratch, "old"));
      const read = (name: string): string => readFileSync(join(folder, name), "utf8");
      if (keys !== undefined) {
        writeFileSync(join(folder, "ca.json"), caJson(folder, ":9000", keys, { type: "ACME", name: "acme" }));
      }
      old = { keys: await stack.liveKeys(), root: read("root_ca.crt"), intermediate: read("intermediate_ca.crt") };
      const { code, output } = await stack.project.kmsPki(["adopt", ...(on.options ?? []), join(folder, "ca.json")]);
      assert.equal(code, 0, output);
      for (const [name, value] of Object.entries(on.places ?? {})) {
        await stack.project.setConfig(`kms-pki:${name}`, value);
      }
    });
    after(() => stack.stop());

    const upOn = async (day: number): Promise<Record<string, unknown>> => {
      stack.project.setEnvironment({
        KMS_PKI_NOW: new Date(BEGINNING + day * DAY).toISOString(),
        KMS_PKI_TEST_CLOCK: "1",
      });
      stack.clear();
      await stack.project.up();
      return stack.project.outputs();
    };
    const signatures = (): number => stack.calls.filter((call) => call.split(" ")[0] === on.sign).length;
    const generations = (outputs: Record<string, unknown>, list: string): string[] =>
      (outputs[list] as GenerationOutput[]).map(({ generation, state }) => `${String(generation)} ${state}`);
    /** The keys in the KMS that the stack has made. */
    const made = async (): Promise<number> => {
      const live = await stack.liveKeys();
      assert.deepEqual(
        old.keys.filter((key) => !live.includes(key)),
        [],
        "no key of the old CA went",
      );
      return live.length - old.keys.length;
    };

    void it("begins with the old keys and certificates as generation 0", async () => {
      await stack.project.setConfigObject("kms-pki:rotation", ROTATION);
      const outputs = await upOn(0);
      assert.equal(signatures(), on.proofs ?? 0);
      assert.equal(await made(), 0);
      for (const [list, pem] of [
        ["roots", old.root],
        ["intermediates", old.intermediate],
      ] as const) {
        const [{ certificate, generation } = { certificate: "", generation: -1 }] = outputs[list] as GenerationOutput[];
        assert.deepEqual({ certificate, generation }, { certificate: pem, generation: 0 });
      }
      await stack.project.succeed([...UP, "--expect-no-changes"]);
    });

    void it("publishes the next root with a key of the stack", async () => {
      const outputs = await upOn(300);
      assert.deepEqual(generations(outputs, "roots"), ["0 active", "1 published"]);
      assert.equal(await made(), 1);
    });

    void it("moves to the next root, and then to the next intermediate", async () => {
      assert.deepEqual(generations(await upOn(400), "roots"), ["1 active", "0 retiring"]);
      assert.deepEqual(generations(await upOn(500), "roots"), ["1 active"]);
      await upOn(590);
      const outputs = await upOn(600);
      assert.deepEqual(generations(outputs, "intermediates")[0], "1 active");
      assert.equal(await made(), 2);
    });

    void it("releases the old keys in the end", async () => {
      const outputs = await upOn(640);
      assert.deepEqual(generations(outputs, "intermediates"), ["1 active"]);
      assert.equal(await made(), 2);
      await stack.project.succeed([...UP, "--expect-no-changes"]);
      assert.equal((await stack.project.kmsPki(["status"])).code, 0);
    });
  });
}
