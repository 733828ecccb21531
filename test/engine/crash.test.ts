import assert from "node:assert/strict";
import { resourceType } from "../../provider/kms/resourceType";
import { missing } from "../tools";
import { FIRST_DAY, killedLists } from "./killedChanges";
import { KeyFileStack } from "./keyFileStack";
import { UP_WITHOUT_PREVIEW } from "./project";
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

/** All keys and certificates are replaced. The provider goes on after the engine is dead. */
const REPLACED: KilledChange<KeyFileStack> = {
  title: "replaces all keys, and leaves none behind, also when the provider goes on alone",
  test: async (stack) => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    for (const moment of ["generateKeyPair:1:before", "link:4:after:continue", "sign:2:after", "unlink:1:after"]) {
      await killedAndRecovered(stack, moment);
    }
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
  },
};

/** Some of the keys are replaced, and others are not. */
const REPLACED_IN_PART: KilledChange<KeyFileStack> = {
  title: "replaces all keys, and leaves none behind, when it is killed at one of them",
  test: async (stack) => {
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P521");
    await killedAndRecovered(stack, "link:1:after");
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
  },
};

// Both signatures are cut off on either side, the second after the root is recorded.
survivesKills(KEY_FILES, {
  moments: [
    ...["link:1:before", "link:4:after"],
    ...["sign:1:before", "sign:1:after:continue", "sign:2:before", "sign:1:after"],
  ],
  changes: [killedLists("sign"), REPLACED, REPLACED_IN_PART],
});
