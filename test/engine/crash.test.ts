import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { resourceType } from "../../provider/kms/resourceType";
import { missing } from "../tools";
import { KeyFileStack } from "./keyFileStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { survivesKilledLists } from "./survivesKilledLists";
import { assertNothingIsLeft, killedAndRecovered, type KilledOn, survivesKills, withStack } from "./survivesKills";

/** The names of the key files of a first up. */
const FIRST_KEY_FILES = ["intermediate", "root", "ssh-host-key", "ssh-user-key"];

const KEY_FILES: KilledOn<KeyFileStack> = {
  name: "key files",
  skip: missing("pulumi"),
  start: () => KeyFileStack.rootStack(),
  // Every signature of a full up, cut off on either side, and the first and the last key; see AT_EACH_KEY for those between.
  moments: [
    "link:1:before",
    "link:4:after",
    ...[1, 2].flatMap((n) => [`sign:${String(n)}:before`, `sign:${String(n)}:after`]),
    "generateKeyPair:1:before",
    "link:2:after:continue",
    "sign:1:after:continue",
  ],
  keyType: resourceType("SoftKey"),
  keys: FIRST_KEY_FILES.length,
  resources: 10,
  check: async (stack) => {
    const named = FIRST_KEY_FILES.map((name) => `softkms:path=keys/${name}.pem`);
    assert.deepEqual(await stack.liveKeys(), named);
  },
};

/** The same for a change of the algorithm, which replaces all keys and certificates. */
const REPLACEMENT_MOMENTS = ["link:1:before", "link:4:after", "sign:1:after", "sign:2:before", "link:4:after:continue"];

/**
 * One up after another is killed at these moments, that is, at the keys between the first and the last. Each run makes at least
 * one.
 */
const AT_EACH_KEY = ["link:1:after", "link:2:before", "link:1:after", "link:1:after", "link:1:after"];

survivesKills(KEY_FILES);

void describe("A killed up on key files", { skip: KEY_FILES.skip }, () => {
  void it("ends in the same state when it is killed at one key after another until it succeeds", () =>
    withStack(KEY_FILES, async (stack) => {
      await killedAtEachKey(stack);
      await KEY_FILES.check?.(stack);
      await assertNothingIsLeft(stack, KEY_FILES);
    }));
});

survivesKilledLists(
  {
    ...{ name: "key files", skip: missing("pulumi", "openssl") },
    start: () => KeyFileStack.rootStack({ "kms-pki:ssh": "false" }),
  },
  "sign",
);

void describe("A killed up that changes a stack", { skip: KEY_FILES.skip }, () => {
  let whole: KeyFileStack;
  before(async () => {
    // This replaces all keys, which protection would refuse.
    whole = await KeyFileStack.rootStack({ "kms-pki:deletionProtection": "false" });
    await whole.project.succeed(UP_WITHOUT_PREVIEW);
  });
  after(() => whole.stop());

  /** Tests a copy of the stack that is whole. */
  const onCopy = (test: (stack: KeyFileStack) => Promise<void>): Promise<void> =>
    withStack({ start: () => Promise.resolve(whole.copy()) }, test);

  void it("keeps the recorded root when it reissues the root", () =>
    onCopy(async (stack) => {
      const { project } = stack;
      const first = await project.output("rootCertificate");
      await project.setConfig("kms-pki:rootCommonName", "Renamed Root");
      await killedAndRecovered(stack, "sign:1:after");
      assert.equal((await project.resource("ca-root")).outputs?.["certificatePem"], first);
      await project.succeed(UP_WITHOUT_PREVIEW);
      assert.notEqual(await project.output("rootCertificate"), first);
      assert.deepEqual((await project.state()).pending, []);
    }));

  for (const moment of REPLACEMENT_MOMENTS) {
    void it(`replaces all keys, and leaves none behind, after recovery from a kill at ${moment}`, () =>
      onCopy(async (stack) => {
        const { project } = stack;
        await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
        await killedAndRecovered(stack, moment);
        await project.succeed(UP_WITHOUT_PREVIEW);
        await assertNothingIsLeft(stack, KEY_FILES);
      }));
  }

  void it("replaces all keys, and leaves none behind, when killed at one key after another", () =>
    onCopy(async (stack) => {
      const { project } = stack;
      await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
      await killedAtEachKey(stack);
      await assertNothingIsLeft(stack, KEY_FILES);
    }));

  for (const algorithm of ["ECDSA_P256", "ECDSA_P384"]) {
    void it(`keeps a working key that the state only lists for deletion, when ${algorithm} is wanted`, () =>
      onCopy(async (stack) => {
        const { project } = stack;
        await project.editState((resource) =>
          resource.urn.endsWith("::ca-ssh-host-key") ? { ...resource, delete: true } : resource,
        );
        await project.setConfig("kms-pki:algorithm", algorithm);
        await project.succeed(UP_WITHOUT_PREVIEW);
        await project.succeed(["refresh", "--yes", "--skip-preview"]);
        await assertNothingIsLeft(stack, KEY_FILES);
      }));
  }
});

/** Kills one up after another, each continuing from the last, until one succeeds because no key is left to make. */
async function killedAtEachKey(stack: KeyFileStack): Promise<void> {
  const signals: (string | null)[] = [];
  for (const moment of AT_EACH_KEY) {
    const { code, signal, output } = await stack.killedAt(UP_WITHOUT_PREVIEW, moment);
    signals.push(signal);
    if (signal === null) {
      assert.equal(code, 0, output);
      break;
    }
    stack.project.removeEmptyAttributes();
    await recover(stack.project);
  }
  assert.deepEqual([signals[0], signals.at(-1)], ["SIGKILL", null]);
}
