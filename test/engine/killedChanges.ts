import assert from "node:assert/strict";
import type { KmsStack } from "./kmsStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { assertKept, killedAndRecovered, type KilledChange } from "./survivesKills";

/** The clock of a stack, in the environment of everything that it runs. */
const clockAt = (now: string): Readonly<Record<string, string>> => ({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });

/** The clock at the start of a stack for {@link killedLists}. */
export const FIRST_DAY = clockAt("2027-01-01T00:00:00Z");

/**
 * The name of the root is changed.
 *
 * @param sign the operation that signs
 */
export function killedReissue<Stack extends KmsStack>(sign: string): KilledChange<Stack> {
  return {
    title: "keeps the recorded root when it is killed while the root is reissued",
    test: async (stack) => {
      await killedWhileRootIsReissued(stack, sign);
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
    },
  };
}

/**
 * The name of the root is changed, and revocation lists are wanted for the first time. Then they are due again. The stack has
 * been on its {@link FIRST_DAY}.
 *
 * @param sign the operation that signs
 */
export function killedLists<Stack extends KmsStack>(sign: string): KilledChange<Stack> {
  return {
    title: "issues a list again that was signed and not recorded, with a higher number, and no certificate again",
    added: 2,
    test: async (stack) => {
      const { project } = stack;
      const numbers = async (): Promise<number[]> =>
        ((await project.outputs())["crls"] as { number: number }[]).map(({ number }) => number);
      await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl", every: "10d" });
      await killedWhileRootIsReissued(stack, sign);
      // The root, its list and the intermediate come before the list of the intermediate.
      const recorded = await killedAndRecovered(stack, `${sign}:4:after`);
      project.setEnvironment(clockAt("2027-01-01T00:00:10Z"));
      await project.succeed(UP_WITHOUT_PREVIEW);
      await assertKept(stack, recorded);
      const first = await numbers();
      assert.ok(Math.max(...first) > Date.parse("2027-01-01T00:00:00Z") / 1000, first.join());

      project.setEnvironment(clockAt("2027-01-11T00:00:20Z"));
      await killedAndRecovered(stack, `${sign}:1:after`);
      project.setEnvironment(clockAt("2027-01-11T00:00:30Z"));
      await project.succeed(UP_WITHOUT_PREVIEW);
      const second = await numbers();
      assert.equal(second.length, 2);
      assert.ok(second.every((number, index) => number > Number(first[index])));
    },
  };
}

async function killedWhileRootIsReissued(stack: KmsStack, sign: string): Promise<void> {
  const before = (await stack.project.resource("ca-root")).outputs?.["certificatePem"];
  await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
  await killedAndRecovered(stack, `${sign}:1:after`);
  assert.equal((await stack.project.resource("ca-root")).outputs?.["certificatePem"], before);
}
