// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Fault } from "../cloudkms/cloudKmsFaults";
import { type CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { UP, UP_WITHOUT_PREVIEW } from "../engine/project";
import type { WorldProject } from "./worldProject";

const CALLS_OF_A_FIRST_UP = [...Array<string>(2).fill("AsymmetricSign"), ...Array<string>(4).fill("GetPublicKey")];

void describe("A root stack on Cloud KMS with keys in hardware", () => {
  let stack: CloudStack<WorldProject>;
  before(async () => {
    const config = {
      // Changes that Google does not allow are also refused without the engine's protection.
      "kms-pki:deletionProtection": "false",
      "kms-pki:protectionLevel": "HSM",
      "kms-pki:protectionLevels.ssh-host-key": "SOFTWARE",
      "kms-pki:location": "europe-west6",
      "kms-pki:keyRing": "example",
      "kms-pki:labels.team": "security",
      "kms-pki:destroyScheduledDuration": "172800s",
    };
    stack = await cloudWorld(config, { generationMilliseconds: { HSM: Infinity } });
  });
  after(() => stack.stop());

  /** A hardware key is generated as soon as it was requested once too early. */
  const generatesWhenAsked: Fault = async (forward, { message }) => {
    try {
      return await forward();
    } catch (error) {
      stack.server.state
        .allVersions()
        .find(({ name }) => name === message.name)
        ?.endGeneration();
      throw error;
    }
  };

  void it("waits until its keys are generated, and says so", async () => {
    stack.server.inject("GetPublicKey", generatesWhenAsked, 7);
    const { output } = await stack.project.up();
    assert.match(output, /waiting for Cloud KMS to generate \S+\/root\/cryptoKeyVersions\/1/);
    const beyondWaiting = stack.calls.filter((call) => call !== "GetCryptoKeyVersion").sort();
    // Each hardware key is requested once too early.
    assert.deepEqual(beyondWaiting, [...CALLS_OF_A_FIRST_UP, ...Array<string>(3).fill("GetPublicKey")]);
  });

  void it("has its settings in Cloud KMS", () => {
    const name = `projects/${PROJECT}/locations/europe-west6/keyRings/example/cryptoKeys/ssh-user-key`;
    const key = stack.server.state.getCryptoKey({ name });
    assert.equal((key["labels"] as Record<string, string>)["team"], "security");
    assert.equal(Number((key["destroyScheduledDuration"] as { seconds: unknown }).seconds), 172_800);
    assert.deepEqual(key["versionTemplate"], { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" });
  });

  void it("outputs the attestations of those keys", async () => {
    const { attestations } = await stack.project.outputs();
    assert.deepEqual(Object.keys(attestations as object).sort(), ["intermediate", "root", "ssh-user-key"]);
    for (const { format, content, certChains } of Object.values(
      attestations as Record<string, { format: string; content: string; certChains: object }>,
    )) {
      assert.equal(format, "CAVIUM_V2_COMPRESSED");
      assert.ok(Buffer.from(content, "base64").length > 0);
      assert.deepEqual(Object.keys(certChains).sort(), ["caviumCerts", "googleCardCerts", "googlePartitionCerts"]);
    }
    const exported = await stack.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    assert.match(stack.project.read("ca/root_attestation_google_card_chain.pem"), /^-----BEGIN CERTIFICATE-----/);
  });

  void it("changes nothing in a second up", async () => {
    stack.clear();
    assert.match((await stack.project.up()).output, /19 unchanged/);
    assert.deepEqual(stack.calls, []);
  });

  const fixed = {
    "kms-pki:protectionLevel": "SOFTWARE",
    "kms-pki:destroyScheduledDuration": "259200s",
  };
  for (const [setting, value] of Object.entries(fixed)) {
    void it(`refuses another ${setting}, which Google cannot change, before anything is destroyed`, async () => {
      const before = stack.versions();
      const old = await stack.project.pulumi(["config", "get", setting]);
      await stack.project.setConfig(setting, value);
      // With the plugin's own behavior, only the preview would fail, and this would destroy the versions.
      const refused = await stack.project.pulumi(UP);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /INPUT_INVALID: Google fixed it when \S+\/cryptoKeys\/root was made/);
      assert.deepEqual(stack.versions(), before);
      await stack.project.setConfig(setting, old.stdout.trim());
      assert.match((await stack.project.up()).output, /19 unchanged/);
    });
  }

  void it("keeps its ring and keys while they are protected", async () => {
    await stack.project.setConfig("kms-pki:deletionProtection", "true");
    await stack.project.up();
    const before = stack.versions();
    await stack.project.setConfig("kms-pki:keyRing", "other");
    for (const args of [["preview"], UP, UP_WITHOUT_PREVIEW]) {
      const refused = await stack.project.pulumi(args);
      assert.notEqual(refused.code, 0);
      assert.match(
        refused.output,
        /kms-pki:keyRing: INPUT_INVALID: the keys of this stack are in \S+keyRings\/example/,
      );
    }
    assert.deepEqual(stack.versions(), before);
    assert.throws(() =>
      stack.server.state.getKeyRing({ name: `projects/${PROJECT}/locations/europe-west6/keyRings/other` }),
    );
  });

  void it("moves to another ring with new versions and certificates, and destroys the old ones last", async () => {
    await stack.project.setConfig("kms-pki:keyRing", "example");
    await stack.project.unprotect();
    await stack.project.setConfig("kms-pki:keyRing", "other");
    stack.server.inject("GetPublicKey", generatesWhenAsked, 7);
    const destroyed: number[] = [];
    const end = stack.server.onCall(() => {
      destroyed.push(stack.versions().filter(({ state }) => state === "DESTROY_SCHEDULED").length);
    });
    await stack.project.up();
    end();
    assert.deepEqual(new Set(destroyed), new Set([0]), "nothing is destroyed while certificates are still issued");
    const live = await stack.liveKeys();
    assert.equal(live.length, 4);
    assert.ok(live.every((name) => name.includes("/keyRings/other/")));
    assert.match((await stack.project.up()).output, /19 unchanged/);
  });
});
