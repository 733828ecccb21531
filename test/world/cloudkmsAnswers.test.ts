// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Fault, flipSignatureBit, wrongCrc, wrongName } from "../cloudkms/cloudKmsFaults";
import { type CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { UP } from "../engine/project";
import type { WorldProject } from "./worldProject";

const RING = `projects/${PROJECT}/locations/global/keyRings/pki`;

void describe("Answers of Cloud KMS that were changed in transit", () => {
  let stack: CloudStack<WorldProject>;
  before(async () => {
    stack = await cloudWorld();
  });
  after(() => stack.stop());

  const changes: readonly { what: string; method: string; fault: Fault; code: RegExp; kept: number }[] = [
    {
      what: "a public key with a wrong CRC",
      method: "GetPublicKey",
      fault: wrongCrc(),
      code: /KMS_ANSWER_INVALID/,
      kept: 0,
    },
    {
      what: "a public key with another name",
      method: "GetPublicKey",
      fault: wrongName(),
      code: /KMS_ANSWER_INVALID/,
      kept: 0,
    },
    {
      what: "a signature with a wrong CRC",
      method: "AsymmetricSign",
      fault: wrongCrc(),
      code: /KMS_ANSWER_INVALID/,
      kept: 4,
    },
    {
      what: "a signature with another name",
      method: "AsymmetricSign",
      fault: wrongName(),
      code: /KMS_ANSWER_INVALID/,
      kept: 4,
    },
    {
      what: "a signature with one bit flipped",
      method: "AsymmetricSign",
      fault: flipSignatureBit(),
      code: /SIGNATURE_INVALID/,
      kept: 4,
    },
  ];
  for (const { what, method, fault, code, kept } of changes) {
    void it(`are refused and not stored: ${what}`, async () => {
      stack.clear();
      stack.server.inject(method, fault, 4);
      const failed = await stack.project.pulumi(UP);
      assert.notEqual(failed.code, 0);
      assert.match(failed.output, code);
      const { resources } = await stack.project.state();
      assert.equal(resources.filter(({ type }) => type.endsWith(":ExistingKey")).length, kept);
      assert.equal(resources.filter(({ type }) => type.endsWith(":Certificate")).length, 0);
    });
  }

  void it("leave nothing behind that the next up cannot complete", async () => {
    stack.clear();
    await stack.project.up();
    assert.match((await stack.project.up()).output, /19 unchanged/);
  });
});

void describe("Wrong settings of Cloud KMS", () => {
  void it("are reported all at once, before any key is made", async () => {
    const stack = await cloudWorld({
      "kms-pki:algorithm": "ED25519",
      "kms-pki:project": "X",
      "kms-pki:keyRing": "my ring",
      "kms-pki:protectionLevel": "TPM",
      "kms-pki:destroyScheduledDuration": "30d",
      "kms-pki:credentialsFile": "nothing.json",
      "kms-pki:existing.root": `${RING}/cryptoKeys/root`,
      "kms-pki:newKeys[0]": "leaf",
    });
    try {
      const { code, output } = await stack.project.pulumi(UP);
      assert.notEqual(code, 0);
      for (const problem of [
        /algorithm: ALGORITHM_UNSUPPORTED: step-ca cannot sign with ED25519 keys in Cloud KMS/,
        /kms-pki:project: INPUT_INVALID/,
        /kms-pki:keyRing: INPUT_INVALID/,
        /kms-pki:protectionLevels\.root: INPUT_INVALID: "TPM" is not a protection level/,
        /kms-pki:destroyScheduledDuration: INPUT_INVALID/,
        /kms-pki:credentialsFile: INPUT_INVALID: "nothing\.json" cannot be read/,
        /kms-pki:existing\.root: KEY_URI_INVALID: .* names a key without a version/,
        /kms-pki:newKeys\[0\]: INPUT_INVALID/,
      ]) {
        assert.match(output, problem);
      }
      assert.deepEqual(stack.versions(), []);
      assert.deepEqual(stack.calls, []);
    } finally {
      await stack.stop();
    }
  });
});
