import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { checkEncryption, checkSoftKeyName } from "../../../provider/kms/softkms/softKeyChecks";
import { UNKNOWN } from "../../../provider/words/unknown";
import { found } from "../../inputs/found";

void describe("The name of a key file", () => {
  for (const name of ["root", "Root-2", "ssh_user.ca", "9a", "x".repeat(100), UNKNOWN]) {
    void it(`may be ${JSON.stringify(name).slice(0, 40)}`, () => {
      assert.deepEqual(checkSoftKeyName(name, "name"), []);
    });
  }
  const refused = ["", ".", "..", ".root", "-root", "a/b", "../root", "a\\b", "a b", "root\n", "é", "x".repeat(101)];
  for (const name of [...refused, undefined, null, 1, ["root"]]) {
    void it(`must not be ${inspect(name).slice(0, 40)}`, () => {
      assert.deepEqual(found(checkSoftKeyName(name, "name")), ["INPUT_INVALID name"]);
    });
  }
});

void describe("The encryption of a key file", () => {
  for (const encryption of ["passphrase", "none", UNKNOWN]) {
    void it(`may be ${JSON.stringify(encryption)}`, () => {
      assert.deepEqual(checkEncryption(encryption, "encryption"), []);
    });
  }
  for (const encryption of ["", "None", "plain", undefined, null, false]) {
    void it(`must not be ${inspect(encryption)}`, () => {
      assert.deepEqual(found(checkEncryption(encryption, "encryption")), ["INPUT_INVALID encryption"]);
    });
  }
});
