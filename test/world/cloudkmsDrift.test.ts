// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { UP } from "../engine/project";
import type { WorldProject } from "./worldProject";

const REFRESH = ["refresh", "--yes", "--skip-preview"];

void describe("Key versions of Cloud KMS that were changed", () => {
  let stack: CloudStack<WorldProject>;
  const root = `projects/${PROJECT}/locations/global/keyRings/pki/cryptoKeys/root/cryptoKeyVersions/1`;
  before(async () => {
    stack = await cloudWorld();
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("are refused while they are disabled", async () => {
    const setState = (state: string): void => {
      stack.server.state.updateCryptoKeyVersion({
        cryptoKeyVersion: { name: root, state },
        updateMask: { paths: ["state"] },
      });
    };
    setState("DISABLED");
    const seen = await stack.project.succeed(["refresh", "--preview-only", "--diff"]);
    assert.match(seen.output, /status\s*: "present" => "disabled"/);
    await stack.project.succeed(REFRESH);
    const failed = await stack.project.pulumi(UP);
    assert.match(failed.output, /KEY_DISABLED/);
    assert.match(failed.output, /gcloud kms keys versions enable/);
    setState("ENABLED");
    await stack.project.up();
    assert.match((await stack.project.up()).output, /19 unchanged/);
  });

  void it("are not made again when one is scheduled for destruction", async () => {
    stack.server.state.destroyCryptoKeyVersion({ name: root });
    await stack.project.succeed(REFRESH);
    const failed = await stack.project.pulumi(UP);
    assert.match(failed.output, /KEY_PENDING_DELETION/);
    assert.match(failed.output, /gcloud kms keys versions restore/);
    assert.equal((await stack.liveKeys()).length, 3);
    stack.server.state.restoreCryptoKeyVersion({ name: root });
    stack.server.state.updateCryptoKeyVersion({
      cryptoKeyVersion: { name: root, state: "ENABLED" },
      updateMask: { paths: ["state"] },
    });
    await stack.project.up();
    assert.match((await stack.project.up()).output, /19 unchanged/);
  });
});
