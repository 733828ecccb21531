import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Fault, flipSignatureBit, wrongCrc, wrongName } from "../cloudkms/cloudKmsFaults";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { UP, UP_WITHOUT_PREVIEW } from "./project";

const REFRESH = ["refresh", "--yes", "--skip-preview"];
const CALLS_OF_A_FIRST_UP = [...Array<string>(2).fill("AsymmetricSign"), ...Array<string>(4).fill("GetPublicKey")];
const RING = `projects/${PROJECT}/locations/global/keyRings/pki`;
const ROLES = {
  rootKey: "root",
  intermediateKey: "intermediate",
  sshUserKey: "ssh-user-key",
  sshHostKey: "ssh-host-key",
};
const MEMBER = "serviceAccount:step-ca@example.iam.gserviceaccount.com";
const TOOLS = missing("pulumi", "openssl");

async function keyNames(stack: CloudStack): Promise<Record<string, unknown>> {
  const outputs = await stack.project.outputs();
  return Object.fromEntries(Object.keys(ROLES).map((name) => [name, outputs[name]]));
}

function versionNames(version: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ROLES).map(([name, role]) => [
      name,
      `${RING}/cryptoKeys/${role}/cryptoKeyVersions/${String(version)}`,
    ]),
  );
}

void describe("The root stack on Cloud KMS", { skip: TOOLS }, () => {
  let stack: CloudStack;
  before(async () => {
    stack = await CloudStack.rootStack({ "kms-pki:stepCaMember": MEMBER });
  });
  after(() => stack.stop());

  void it("calls no KMS in a preview", async () => {
    const { output } = await stack.project.succeed(["preview"]);
    assert.match(output, /\+ 25 to create/);
    assert.deepEqual(stack.calls, []);
    assert.deepEqual(stack.versions(), []);
  });

  void it("reads four public keys and signs twice in a first up", async () => {
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.deepEqual([...stack.calls].sort(), CALLS_OF_A_FIRST_UP);
    assert.deepEqual(await keyNames(stack), versionNames(1));
  });

  equalsReferenceTable(() => stack.project);

  void it("writes a ca.json with the names of the versions and its kms block", async () => {
    const config = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    const names = versionNames(1);
    assert.equal(config["key"], names["intermediateKey"]);
    assert.deepEqual(config["ssh"], { hostKey: names["sshHostKey"], userKey: names["sshUserKey"] });
    assert.deepEqual(config["kms"], { type: "cloudkms" });
  });

  void it("lets step-ca's account use its own keys, and never the root", () => {
    for (const role of Object.values(ROLES)) {
      const { bindings = [] } = stack.server.state.getIamPolicy({ resource: `${RING}/cryptoKeys/${role}` });
      const roles = bindings.filter(({ members = [] }) => members.includes(MEMBER)).map((binding) => binding.role);
      assert.deepEqual(
        roles.sort(),
        role === "root" ? [] : ["roles/cloudkms.publicKeyViewer", "roles/cloudkms.signer"],
        role,
      );
    }
  });

  void it("calls no KMS and changes nothing in a second up and its preview; a refresh only looks", async () => {
    const outputs = await stack.project.outputs();
    stack.clear();
    assert.match((await stack.project.up()).output, /25 unchanged[^]*25 unchanged/);
    assert.deepEqual(stack.calls, []);
    assert.match((await stack.project.succeed(REFRESH)).output, /25 unchanged/);
    assert.deepEqual(stack.calls, Array<string>(4).fill("GetCryptoKeyVersion"));
    assert.deepEqual(await stack.project.outputs(), outputs);
  });

  void it("issues anew in place when the subject changes", async () => {
    const outputs = await stack.project.outputs();
    await stack.project.setConfig("kms-pki:intermediateCommonName", "Example Intermediate");
    stack.clear();
    assert.match((await stack.project.up()).output, /~ 1 updated/);
    assert.deepEqual(stack.calls, ["AsymmetricSign"]);
    const renewed = await stack.project.outputs();
    assert.equal(renewed["rootCertificate"], outputs["rootCertificate"]);
    assert.equal(renewed["intermediateKey"], outputs["intermediateKey"]);
    const certificate = new X509Certificate(String(renewed["intermediateCertificate"]));
    assert.equal(certificate.subject, "CN=Example Intermediate");
  });

  void it("keeps the private key of its account out of the state and of a -v=9 log", async () => {
    await stack.project.setConfig("kms-pki:credentialsFile", stack.credentialsFile);
    const { output } = await stack.project.succeed([...UP, "--logtostderr", "--logflow", "-v=9"]);
    assert.ok(output.length > 100_000, "the log is not verbose");
    for (const text of [output, await stack.project.exportedState()]) {
      assert.equal(text.includes("PRIVATE KEY"), false);
    }
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "cloudkms", credentialsFile: stack.credentialsFile });
    await stack.project.setConfig("kms-pki:kmsUri", "true");
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    const { kms: uriForm } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(uriForm, { type: "cloudkms", uri: `cloudkms:credentials-file=${stack.credentialsFile}` });
  });

  void it("replaces versions and certificates when the algorithm changes, and destroys the old only then", async () => {
    await stack.project.unprotect(); // else the engine refuses to replace keys
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P384");
    await stack.project.up();
    assert.deepEqual(await keyNames(stack), versionNames(2));
    assert.deepEqual(
      stack
        .versions()
        .map(({ name, state }) => `${name.slice(-1)} ${state}`)
        .sort(),
      [...Array<string>(4).fill("1 DESTROY_SCHEDULED"), ...Array<string>(4).fill("2 ENABLED")],
    );
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /25 unchanged|26 unchanged/);
  });

  void it("schedules its versions for destruction when it is destroyed, and comes up again on its ring and keys", async () => {
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(await stack.liveKeys(), []);

    const taken = await stack.project.pulumi(UP);
    assert.notEqual(taken.code, 0);
    assert.match(taken.output, new RegExp(`KeyRing ${RING} already exists`));
    assert.match(taken.output, /pulumi config set --path kms-pki:existing\.keyRing true/);
    await stack.project.setConfig("kms-pki:existing.keyRing", "true");
    await stack.project.setConfig("kms-pki:existing.cryptoKeys", "true");
    await stack.project.setConfig("kms-pki:deletionProtection", "true");
    await stack.project.up();
    assert.deepEqual(await keyNames(stack), versionNames(3));
    assert.equal((await stack.liveKeys()).length, 4);
    stack.clear();
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /unchanged/);
    assert.deepEqual(stack.calls, []);
  });

  void it("makes no version of keys that exist with another algorithm or protection level", async () => {
    await stack.project.unprotect(); // else the engine refuses it in the preview, for another reason
    const versions = stack.versions();
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P256");
    await stack.project.setConfig("kms-pki:protectionLevel", "HSM");
    const refused = await stack.project.pulumi(UP);
    assert.notEqual(refused.code, 0);
    const key = `${RING}/cryptoKeys/root`;
    assert.match(
      refused.output,
      new RegExp(
        `keys\\.existing\\.cryptoKeys\\.root: INPUT_INVALID: new versions of ${key} are for EC_SIGN_P384_SHA384`,
      ),
    );
    assert.match(
      refused.output,
      new RegExp(`keys\\.protectionLevel\\.root: INPUT_INVALID: ${key} exists and has .* SOFTWARE`),
    );
    assert.deepEqual(stack.versions(), versions);
  });

  void it("has a version that the plugin made twice named by status --check, with the command that destroys it", async () => {
    const check = ["status", "--check"];
    const whole = await stack.project.kmsPki(check);
    assert.equal(whole.code, 0, whole.output);
    const { name = "" } = await stack.server.state.createCryptoKeyVersion({ parent: `${RING}/cryptoKeys/root` });
    const found = await stack.project.kmsPki(check);
    assert.equal(found.code, 1, found.output);
    assert.ok(found.output.includes(`to be rid of it: gcloud kms keys versions destroy ${name}\n`), found.output);
    stack.server.state.destroyCryptoKeyVersion({ name });
    assert.equal((await stack.project.kmsPki(check)).code, 0);
  });
});

void describe("The root stack on Cloud KMS with keys in hardware", { skip: TOOLS }, () => {
  let stack: CloudStack;
  before(async () => {
    const config = {
      // What Google fixes is refused without the engine's protection, too.
      "kms-pki:deletionProtection": "false",
      "kms-pki:protectionLevel": "HSM",
      "kms-pki:protectionLevels.ssh-host-key": "SOFTWARE",
      "kms-pki:location": "europe-west6",
      "kms-pki:keyRing": "example",
      "kms-pki:labels.team": "security",
      "kms-pki:destroyScheduledDuration": "172800s",
    };
    stack = await CloudStack.rootStack(config, { generationMilliseconds: { HSM: 1500 } });
  });
  after(() => stack.stop());

  void it("waits until its keys are generated, and says so", async () => {
    const { output } = await stack.project.up();
    assert.match(output, /waits until Cloud KMS has generated \S+\/root\/cryptoKeyVersions\/1/);
    const beyondWaiting = stack.calls.filter((call) => call !== "GetCryptoKeyVersion").sort();
    // Each key in hardware is asked for once too early.
    assert.deepEqual(beyondWaiting, [...CALLS_OF_A_FIRST_UP, ...Array<string>(3).fill("GetPublicKey")]);
  });

  void it("has its settings at Google", () => {
    const name = `projects/${PROJECT}/locations/europe-west6/keyRings/example/cryptoKeys/ssh-user-key`;
    const key = stack.server.state.getCryptoKey({ name });
    assert.equal((key["labels"] as Record<string, string>)["team"], "security");
    assert.equal(Number((key["destroyScheduledDuration"] as { seconds: unknown }).seconds), 172_800);
    assert.deepEqual(key["versionTemplate"], { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" });
  });

  void it("gives the attestations of those keys", async () => {
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
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
    assert.deepEqual(stack.calls, []);
  });

  const fixed = {
    "kms-pki:protectionLevel": "SOFTWARE",
    "kms-pki:destroyScheduledDuration": "259200s",
  };
  for (const [setting, value] of Object.entries(fixed)) {
    void it(`refuses another ${setting} before anything is destroyed, which Google fixes with a key`, async () => {
      const before = stack.versions();
      const old = stack.project.config(setting);
      assert.ok(typeof old === "string");
      await stack.project.setConfig(setting, value);
      // By the plugin's own ways the preview alone would end in an error, and this would destroy the versions.
      const refused = await stack.project.pulumi(UP);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /INPUT_INVALID: Google fixed it when \S+\/cryptoKeys\/root was made/);
      assert.deepEqual(stack.versions(), before);
      await stack.project.setConfig(setting, old);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
    });
  }

  void it("keeps its ring, and its keys, while they are protected", async () => {
    await stack.project.setConfig("kms-pki:deletionProtection", "true");
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    const before = stack.versions();
    await stack.project.setConfig("kms-pki:keyRing", "other");
    for (const args of [UP, UP_WITHOUT_PREVIEW]) {
      const refused = await stack.project.pulumi(args);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /keys\.keyRing: INPUT_INVALID: the keys of this stack are in \S+keyRings\/example/);
    }
    assert.deepEqual(stack.versions(), before);
    assert.throws(() =>
      stack.server.state.getKeyRing({ name: `projects/${PROJECT}/locations/europe-west6/keyRings/other` }),
    );
  });

  void it("moves to another ring by new versions and certificates, and destroys the old ones last", async () => {
    await stack.project.setConfig("kms-pki:keyRing", "example");
    await stack.project.unprotect();
    await stack.project.setConfig("kms-pki:keyRing", "other");
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
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
  });
});

void describe("Key versions of Cloud KMS that were changed", { skip: TOOLS }, () => {
  let stack: CloudStack;
  const root = versionNames(1)["rootKey"] ?? "";
  before(async () => {
    stack = await CloudStack.rootStack();
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
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
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
  });

  void it("are not made anew when one is about to be destroyed", async () => {
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
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
  });
});

void describe("Answers of Cloud KMS that were changed on their way", { skip: TOOLS }, () => {
  let stack: CloudStack;
  before(async () => {
    stack = await CloudStack.rootStack();
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
      what: "a public key of another name",
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
      what: "a signature of another name",
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
    void it(`are refused, and nothing of them is stored: ${what}`, async () => {
      stack.clear();
      stack.server.inject(method, fault, 4);
      const failed = await stack.project.pulumi(UP_WITHOUT_PREVIEW);
      assert.notEqual(failed.code, 0);
      assert.match(failed.output, code);
      const { resources } = await stack.project.state();
      assert.equal(resources.filter(({ type }) => type.endsWith(":PublicKey")).length, kept);
      assert.equal(resources.filter(({ type }) => type.endsWith(":Certificate")).length, 0);
    });
  }

  void it("leave nothing behind that the next up cannot end", async () => {
    stack.clear();
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /19 unchanged/);
  });
});

void describe("Settings of Cloud KMS that are wrong", { skip: TOOLS }, () => {
  void it("are named all at once, before any key is made", async () => {
    const stack = await CloudStack.rootStack({
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
        /algorithm: ALGORITHM_UNSUPPORTED: step-ca signs with no key for ED25519 in Cloud KMS/,
        /keys\.project: INPUT_INVALID/,
        /keys\.keyRing: INPUT_INVALID/,
        /keys\.protectionLevel\.root: INPUT_INVALID: "TPM" is no protection level/,
        /keys\.destroyScheduledDuration: INPUT_INVALID/,
        /keys\.credentialsFile: INPUT_INVALID: "nothing\.json" cannot be read/,
        /keys\.existing\.root: KEY_URI_INVALID: .* names a key without a version/,
        /keys\.newKeys\[0\]: INPUT_INVALID/,
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
