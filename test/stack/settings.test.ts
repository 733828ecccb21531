import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { optional, refuseUnknownSettings } from "../../stack/settings";
import { withCode } from "../fixtures/withCode";
import { setStackConfig } from "./stackConfig";

void describe("A setting of the stack", () => {
  for (const name of ["nmae", "rotaton", "pin_File"]) {
    void it(`is refused when it does not exist: ${name}`, () => {
      setStackConfig({ [name]: "x" });
      assert.throws(
        refuseUnknownSettings,
        withCode(
          "CONFIG_INVALID",
          new RegExp(`no setting kms-pki:${name}.*pulumi config rm kms-pki:${name}.*rotation`),
        ),
      );
    });
  }

  for (const name of ["name", "attestationRootFile", "rotation", "passphrase", "pin_12345678File", "managementKey_1"]) {
    void it(`is accepted when it exists: ${name}`, () => {
      setStackConfig({ [name]: "x" });
      assert.doesNotThrow(refuseUnknownSettings);
    });
  }

  void it("is read under its name in 0.1.0", () => {
    setStackConfig({ keyDirectory: "made" });
    assert.doesNotThrow(refuseUnknownSettings);
    assert.equal(optional("directory"), "made");
  });

  void it("is refused under both names at once", () => {
    setStackConfig({ keyDirectory: "made", directory: "keys" });
    assert.throws(
      () => optional("directory"),
      withCode(
        "CONFIG_INVALID",
        /kms-pki:directory is set.*kms-pki:keyDirectory.*pulumi config rm kms-pki:keyDirectory/,
      ),
    );
  });
});
