/**
 * Runs on a real YubiKey, and WIPES its PIV application: all keys and certificates in it are lost, and PIN, PUK and management key
 * are those of the factory afterward. It only runs if `KMS_PKI_TEST_WIPES_YUBIKEY` is the serial number of the only YubiKey that is
 * plugged in. It needs ykman, but no touch.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { PulumiProject, UP } from "../engine/project";

const serial = process.env["KMS_PKI_TEST_WIPES_YUBIKEY"];
const REFRESH = ["refresh", "--yes", "--skip-preview"];

if (serial !== undefined) {
  void describe(`The YubiKey ${serial}, which this wipes`, () => {
    let project: PulumiProject;
    const ykman = (...args: string[]): string =>
      execFileSync("ykman", ["--device", serial, "piv", ...args], { encoding: "utf8" });
    before(async () => {
      ykman("reset", "--force");
      project = await PulumiProject.rootStack({
        "kms-pki:kms": "yubikey",
        "kms-pki:serial": serial,
      });
      const pinFile = join(project.scratch, "pin");
      writeFileSync(pinFile, "123456\n", { mode: 0o600 });
      project.setEnvironment({ KMS_PKI_PIN_FILE: pinFile });
    });
    after(() => {
      ykman("reset", "--force");
      project.remove();
    });

    void it("makes and keeps an authority, and reports what the device is", async () => {
      await project.up();
      assert.match((await project.up()).output, /10 unchanged/);
      for (const [slot, output] of [
        ["9a", "rootCertificate"],
        ["9c", "intermediateCertificate"],
      ] as const) {
        assert.equal(ykman("certificates", "export", slot, "-").trim(), (await project.output(output)).trim());
      }
      const intermediate = new X509Certificate(await project.output("intermediateCertificate"));
      assert.ok(intermediate.verify(new X509Certificate(await project.output("rootCertificate")).publicKey));
      await project.succeed(REFRESH);
      assert.match((await project.up()).output, /10 unchanged/);
      assert.match(JSON.stringify((await project.outputs())["attestations"]), /YUBICO_PIV_ATTESTATION/);
    });

    void it("refuses a slot in use, and frees the slots on request", async () => {
      await project.unprotect();
      await project.succeed(["destroy", "--yes", "--skip-preview"]);
      assert.match((await project.pulumi(UP)).output, /KEY_EXISTS/);
      await project.setConfig("kms-pki:adopt.root", "9a");
      await project.setConfig("kms-pki:adopt.intermediate", "9c");
      await project.setConfig("kms-pki:deleteKeys", "true");
      await project.up();
      await project.succeed(["destroy", "--yes", "--skip-preview"]);
      await project.succeed(["config", "rm", "kms-pki:adopt"]);
      await project.up();
    });
  });
}
