import assert from "node:assert/strict";
import { resourceType } from "../../provider/kms/resourceType";
import { missing } from "../tools";
import { FIRST_DAY, killedLists } from "./killedChanges";
import { KeyFileStack } from "./keyFileStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { recover } from "./providerCalls";
import { killedAndRecovered, type KilledChange, type KilledOn, survivesKills } from "./survivesKills";

/** The names of the key files of a first up. */
const FIRST_KEY_FILES = ["intermediate", "root", "ssh-host-key", "ssh-user-key"];

const KEY_FILES: KilledOn<KeyFileStack> = {
  name: "key files",
  skip: missing("pulumi"),
  start: async () => {
    // A change of the algorithm replaces all keys, which protection would refuse.
    const stack = await KeyFileStack.rootStack({ "kms-pki:deletionProtection": "false" });
    stack.project.setEnvironment(FIRST_DAY);
    return stack;
  },
  keyType: resourceType("SoftKey"),
  keys: FIRST_KEY_FILES.length,
  resources: 10,
  check: async (stack) => {
    const named = FIRST_KEY_FILES.map((name) => `softkms:path=keys/${name}.pem`);
    assert.deepEqual(await stack.liveKeys(), named);
  },
};

/** All keys and certificates are replaced. */
const REPLACED: KilledChange<KeyFileStack> = {
  title: "replaces all keys, and leaves none behind",
  test: async (stack) => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    for (const moment of ["link:1:before", "link:4:after", "sign:1:after", "sign:2:before"]) {
      await killedAndRecovered(stack, moment);
    }
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
  },
};

/** The provider goes on after the engine is dead. */
const REPLACED_BY_ORPHAN: KilledChange<KeyFileStack> = {
  title: "replaces all keys, and leaves none behind, when the provider goes on alone",
  test: async (stack) => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P521");
    await killedAndRecovered(stack, "link:4:after:continue");
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
  },
};

/** One up after another is killed at a key, until one succeeds because no key is left to make. */
const REPLACED_KEY_BY_KEY: KilledChange<KeyFileStack> = {
  title: "replaces all keys, and leaves none behind, when it is killed at one key after another",
  test: async (stack) => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P256");
    const signals: (string | null)[] = [];
    for (const moment of ["link:1:after", "link:2:before", "link:1:after", "link:1:after", "link:1:after"]) {
      const { code, signal, output } = await stack.killedAt(UP_WITHOUT_PREVIEW, moment);
      signals.push(signal);
      if (signal === null) {
        assert.equal(code, 0, output);
        break;
      }
      await recover(stack.project);
    }
    assert.deepEqual([signals[0], signals.at(-1)], ["SIGKILL", null]);
  },
};

// Every signature, cut off on either side, and the keys before the first, at the first and the second.
survivesKills(KEY_FILES, [
  ...["generateKeyPair:1:before", "link:1:before", "link:1:after"],
  ...["sign:1:before", "sign:1:after:continue", "sign:1:after", "sign:2:before", "sign:1:after"],
]);
// All keys are made in one run, and so are both signatures.
survivesKills(
  KEY_FILES,
  ["link:4:after", "sign:2:after"],
  [killedLists("sign"), REPLACED, REPLACED_BY_ORPHAN, REPLACED_KEY_BY_KEY],
);
