import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
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

  void it("allows step-ca's account to use its own keys, and never the root", () => {
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

  void it("reissues in place when the subject changes", async () => {
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

  void it("replaces versions and certificates when the algorithm changes, and only then destroys the old ones", async () => {
    await stack.project.unprotect(); // otherwise the engine refuses to replace keys
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

  void it("schedules its versions for destruction when destroyed, and comes up again with its ring and keys", async () => {
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(await stack.liveKeys(), []);

    const taken = await stack.project.pulumi(UP);
    assert.notEqual(taken.code, 0);
    assert.match(taken.output, new RegExp(`KeyRing ${RING} already exists`));
    assert.match(taken.output, /pulumi config set --path 'kms-pki:existing\.keyRing' true/);
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

  void it("makes no version of existing keys with another algorithm or protection level", async () => {
    await stack.project.unprotect(); // otherwise the engine refuses it in the preview, for another reason
    const versions = stack.versions();
    await stack.project.setConfig("kms-pki:algorithm", "ECDSA_P256");
    await stack.project.setConfig("kms-pki:protectionLevel", "HSM");
    const refused = await stack.project.pulumi(UP);
    assert.notEqual(refused.code, 0);
    const key = `${RING}/cryptoKeys/root`;
    assert.match(
      refused.output,
      new RegExp(
        `kms-pki:existing\\.cryptoKeys\\.root: INPUT_INVALID: new versions of ${key} are for EC_SIGN_P384_SHA384`,
      ),
    );
    assert.match(
      refused.output,
      new RegExp(`kms-pki:protectionLevels\\.root: INPUT_INVALID: ${key} exists and has .* SOFTWARE`),
    );
    assert.deepEqual(stack.versions(), versions);
  });

  void it("has a version that the plugin made twice reported by status --check, with the command that destroys it", async () => {
    const check = ["status", "--check"];
    const whole = await stack.project.kmsPki(check);
    assert.equal(whole.code, 0, whole.output);
    const { name = "" } = await stack.server.state.createCryptoKeyVersion({ parent: `${RING}/cryptoKeys/root` });
    const found = await stack.project.kmsPki(check);
    assert.equal(found.code, 1, found.output);
    assert.ok(found.output.includes(`to discard it: gcloud kms keys versions destroy ${name}\n`), found.output);
    stack.server.state.destroyCryptoKeyVersion({ name });
    assert.equal((await stack.project.kmsPki(check)).code, 0);
  });
});
