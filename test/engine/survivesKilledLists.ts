import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { assertKept, killedAndRecovered, type KilledOn, withStack } from "./survivesKills";

/**
 * Tests that a killed up with revocation lists is complete after the documented recovery.
 *
 * @param on a KMS, with a new root stack that has no SSH keys
 * @param sign the operation that signs
 */
export function survivesKilledLists<Stack extends KmsStack>(
  on: Pick<KilledOn<Stack>, "name" | "skip" | "start">,
  sign: string,
): void {
  void describe(`A killed up that issues revocation lists on ${on.name}`, { skip: on.skip }, () => {
    void it("issues a list again that was signed and not recorded, with a higher number, and signs nothing else", () =>
      withStack(on, async (stack) => {
        const { project } = stack;
        await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl", every: "10d" });
        const at = (now: string): void => {
          project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
        };
        const numbers = async (): Promise<number[]> =>
          ((await project.outputs())["crls"] as { number: number }[]).map(({ number }) => number);
        at("2027-01-01T00:00:00Z");
        const recorded = await killedAndRecovered(stack, `${sign}:3:after`);
        at("2027-01-01T00:00:10Z");
        await project.succeed(UP_WITHOUT_PREVIEW);
        await assertKept(stack, recorded);
        const first = await numbers();
        assert.ok(Math.max(...first) > Date.parse("2027-01-01T00:00:00Z") / 1000, first.join());

        at("2027-01-11T00:00:20Z");
        await killedAndRecovered(stack, `${sign}:1:after`);
        at("2027-01-11T00:00:30Z");
        await project.succeed(UP_WITHOUT_PREVIEW);
        const second = await numbers();
        assert.ok(second.every((number, index) => number > Number(first[index])));
        stack.clear();
        await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
        assert.deepEqual(stack.calls, []);
        assert.deepEqual((await project.state()).pending, []);
      }));
  });
}
