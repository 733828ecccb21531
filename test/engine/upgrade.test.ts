import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { countingCalls } from "./providerCalls";
import {
  certificatesOf,
  KMS_TOOLS,
  planIn,
  recordedBy,
  RecordedStack,
  REPLACES_OR_DELETES,
  SIGNS_OR_MAKES,
} from "./recordedStack";
import { type StateResource, UP, UP_WITHOUT_PREVIEW } from "./project";

/** Lines of the engine's summaries: `+ 1 to create`, `~ 1 updated`, `+-1 to replace`, `- 1 deleted`. */
const CHANGES = /^ {4}[-+~]+ ?\d+ /m;

const NOTHING = { sign: 0, generateKeyPair: 0, createPrivateKey: 0 };

function resourcesIn(folder: string): StateResource[] {
  const { deployment } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as {
    deployment: { resources: StateResource[] };
  };
  return deployment.resources;
}

for (const release of ["0.1.0"]) {
  void describe(`A stack that ${release} made`, () => {
    const entries = readdirSync(recordedBy(release), { withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      const folder = join(recordedBy(release), name);
      const [resources, plan] = [resourcesIn(folder), planIn(folder)];
      const skip = missing("pulumi", ...KMS_TOOLS[plan.kms]);
      void it(`comes up with its keys and certificates unchanged, without a signature: ${name}`, { skip }, async () => {
        const stack = await RecordedStack.restore(folder);
        try {
          const keys = await stack.kms.keys();
          // Protection and preview are on by default.
          const { run, calls } = await countingCalls(stack.project, UP);
          assert.deepEqual({ ...calls, createPrivateKey: 0 }, NOTHING);
          assert.doesNotMatch(run.output, REPLACES_OR_DELETES);
          assert.deepEqual(
            stack.kms.calls.filter((call) => SIGNS_OR_MAKES.test(call)),
            [],
          );
          assert.deepEqual(await stack.kms.keys(), keys);
          const certificates = certificatesOf((await stack.project.state()).resources);
          assert.ok(Object.keys(certificates).length >= 2);
          assert.deepEqual(certificates, certificatesOf(resources));

          const again = await countingCalls(stack.project, UP_WITHOUT_PREVIEW);
          assert.match(again.run.output, /Resources:\n +\d+ unchanged\n/);
          assert.doesNotMatch(again.run.output, CHANGES);
          assert.deepEqual(again.calls, NOTHING);
        } finally {
          await stack.stop();
        }
      });
    }
  });
}
