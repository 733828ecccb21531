import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeProblem } from "../../provider/words/problem";
import { checkNoPin } from "../../provider/inputs/keyUri";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

void describe("A key's URI", () => {
  for (const uri of [
    "yubikey:slot-id=9a?pin-value=135790",
    "yubikey:slot-id=9a?pin-source=x&PIN-VALUE=135790",
    "pkcs11:token=t;pin-value=135790",
    "yubikey:pin-value=135790;slot-id=9a",
    "yubikey:slot-id=9a?management-key=135790",
  ]) {
    void it(`is refused with a PIN in it, which the message omits: ${uri.replace("135790", "...")}`, () => {
      assert.deepEqual(found(checkNoPin(uri)), ["INPUT_INVALID "]);
      assert.ok(!checkNoPin(uri).map(describeProblem).join("").includes("135790"));
    });
  }

  for (const uri of ["yubikey:slot-id=9a?pin-source=/etc/pin", "softkms:path=pin-value.pem", UNKNOWN, undefined]) {
    void it(`may be ${String(uri)}`, () => {
      assert.deepEqual(checkNoPin(uri), []);
    });
  }
});
