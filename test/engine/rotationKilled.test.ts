import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { killedAt, recover } from "./providerCalls";
import { BEGINNING, DAY, TEN_YEARS } from "./rotationSchedule";
import { type GenerationOutput, RotationStack } from "./rotationStack";

void describe("A killed rotation", { skip: missing("pulumi") }, () => {
  // On day 1130 the next root is published: a key, its certificate, and the certificate of the old root under it.
  void it("ends in the same state after recovery, when a key was made and not recorded", () =>
    withStack({}, async (stack) => {
      stack.at(BEGINNING + 1129 * DAY);
      await stack.up();
      stack.at(BEGINNING + 1130 * DAY);
      await killedAndRecovered(stack, "link:1:after");
      stack.at(BEGINNING + 1131 * DAY);
      await stack.up();
      await stack.checkState();
      const labels = ["intermediate-g1", "root-g1", "root", "ssh-host-key", "ssh-user-key-g1"];
      assert.deepEqual(stack.keyFiles, labels.map((label) => `${label}.pem`).sort());
      await assertNothingIsLeft(stack);
    }));

  const moments = ["link:1:after", "sign:2:after"];
  void it(`takes a compromised root out of service after kills at ${moments.join(", then ")}`, () =>
    withStack({}, async (stack) => {
      stack.at(BEGINNING + DAY);
      await stack.up();
      await stack.project.setConfigObject("kms-pki:compromised", ["root"]);
      for (const moment of moments) {
        await killedAndRecovered(stack, moment);
      }
      await stack.up();
      const { roots, compromise } = (await stack.project.outputs()) as {
        readonly roots: readonly GenerationOutput[];
        readonly compromise: { readonly generations: readonly string[] };
      };
      assert.deepEqual(
        roots.map(({ generation, state }) => `${String(generation)} ${state}`),
        ["1 active"],
      );
      assert.deepEqual(compromise.generations, ["root"]);
      assert.ok(stack.keyFiles.includes("root-g1.pem") && !stack.keyFiles.includes("root-g1-2.pem"));
      await assertNothingIsLeft(stack);
    }));
});

async function withStack(
  config: Readonly<Record<string, string>>,
  test: (stack: RotationStack<PulumiProject>) => Promise<void>,
): Promise<void> {
  const stack = await RotationStack.create(TEN_YEARS, config);
  try {
    await test(stack);
  } finally {
    stack.project.remove();
  }
}

async function killedAndRecovered({ project }: RotationStack<PulumiProject>, moment: string): Promise<void> {
  const killed = await killedAt(project, UP_WITHOUT_PREVIEW, moment);
  assert.equal(killed.signal, "SIGKILL", `not killed at ${moment}:\n${killed.output}`);
  await recover(project);
}

async function assertNothingIsLeft({ project }: RotationStack<PulumiProject>): Promise<void> {
  assert.deepEqual((await project.state()).pending, []);
  await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
}
