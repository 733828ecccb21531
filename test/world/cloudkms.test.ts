// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { CloudStack } from "../cloudkms/cloudStack";
import { keyNames, RING, versionNames } from "../cloudkms/stackKeys";
import { UP, UP_WITHOUT_PREVIEW } from "../engine/project";
import type { WorldProject } from "./worldProject";

void describe("The versions of a root stack on Cloud KMS", () => {
  let stack: CloudStack<WorldProject>;
  before(async () => {
    stack = await cloudWorld();
    await stack.project.up();
  });
  after(() => stack.stop());

  void it("sign a certificate again in place when its subject changes", async () => {
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

  void it("are named in a kms block in its uri form when asked to, without a signature", async () => {
    await stack.project.setConfig("kms-pki:credentialsFile", stack.credentialsFile);
    await stack.project.setConfig("kms-pki:kmsUri", "true");
    stack.clear();
    await stack.project.up();
    assert.equal(stack.calls.includes("AsymmetricSign"), false);
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "cloudkms", uri: `cloudkms:credentials-file=${stack.credentialsFile}` });
  });

  void it("are replaced, with their certificates, when the algorithm changes, and only then destroyed", async () => {
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
    assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /Resources:\n +\d+ unchanged\n$/);
  });

  void it("are scheduled for destruction when the stack is destroyed, which comes up again with its ring and keys", async () => {
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

  void it("are not made of existing keys with another algorithm or protection level", async () => {
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

  void it("are reported by status --check when the plugin made one twice, with the command that destroys it", async () => {
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
