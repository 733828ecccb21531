import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, it } from "node:test";
import { cryptokiError, isSessionLost, returnValueOf } from "../../../provider/kms/pkcs11/cryptokiErrors";
import { loadCryptoki } from "../../../provider/kms/pkcs11/cryptokiPackage";
import { x509Signature } from "../../../provider/kms/pkcs11/pkcs11Algorithms";
import { withCode } from "../../fixtures/withCode";

/** An error as the package throws it. */
function failed(name: string, code: number): Error {
  return Object.assign(new Error(name), { code, method: "C_Sign" });
}

void describe("The return value of a PKCS#11 module", () => {
  for (const { value, code } of [
    { value: failed("CKR_PIN_INCORRECT", 0xa0), code: "PIN_REJECTED" },
    { value: failed("CKR_PIN_LOCKED", 0xa4), code: "PIN_BLOCKED" },
    { value: failed("CKR_USER_PIN_NOT_INITIALIZED", 0x102), code: "PIN_REQUIRED" },
    { value: failed("CKR_DEVICE_REMOVED", 0x32), code: "CARD_REMOVED" },
    { value: failed("CKR_DEVICE_MEMORY", 0x31), code: "CARD_FULL" },
    { value: failed("CKR_MECHANISM_INVALID", 0x70), code: "ALGORITHM_UNSUPPORTED" },
    { value: failed("CKR_TOKEN_WRITE_PROTECTED", 0xe2), code: "PERMISSION_DENIED" },
    { value: failed("CKR_FUNCTION_FAILED", 0x6), code: "KMS_FAILED" },
    { value: new Error("CKR_GENERAL_ERROR:5\n    at PKCS11.C_FindObjects"), code: "KMS_FAILED" },
    { value: new Error("something else"), code: "KMS_FAILED" },
  ] as const) {
    void it(`is ${code} for ${value.message.split("\n")[0] ?? ""}`, () => {
      const error = cryptokiError(value, "signing");
      withCode(code, /signing failed: (?:CKR_[A-Z_]+ \(0x[0-9a-f]+\)|something else)\. /)(error);
    });
  }

  void it("is read from both forms of the package's errors", () => {
    assert.equal(returnValueOf(failed("CKR_SESSION_CLOSED", 0xb0)), 0xb0);
    assert.equal(returnValueOf(new Error("CKR_SESSION_CLOSED:176\n    at ...")), 0xb0);
    assert.equal(returnValueOf(new Error("ENOENT")), undefined);
    assert.ok(isSessionLost(new Error("CKR_SESSION_CLOSED:176")));
    assert.ok(!isSessionLost(failed("CKR_PIN_INCORRECT", 0xa0)));
  });
});

void describe("The package that loads PKCS#11 modules", () => {
  const load = (error: Error) => () =>
    loadCryptoki(() => {
      throw error;
    });

  void it("is BACKEND_NOT_INSTALLED when it is missing, with how to install it", () => {
    const missing = Object.assign(new Error("Cannot find module 'pkcs11js'"), { code: "MODULE_NOT_FOUND" });
    assert.throws(
      load(missing),
      withCode("BACKEND_NOT_INSTALLED", /pkcs11js, which is not installed.*npm install pkcs11js/),
    );
  });

  void it("is BACKEND_NOT_INSTALLED when it was compiled for another version of Node", () => {
    const other = new Error("The module was compiled against a different Node.js version.\nrest");
    assert.throws(load(other), withCode("BACKEND_NOT_INSTALLED", /does not load in Node v.*npm rebuild pkcs11js/));
  });
});

void describe("A signature of a token", () => {
  void it("is DER for ECDSA, whatever its numbers start with", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "secp521r1" });
    for (let number = 0; number < 300; number += 1) {
      const message = Buffer.from(String(number));
      const raw = sign("sha512", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const der = x509Signature("ECDSA_P521", raw);
      assert.ok(verify("sha512", message, { key: publicKey, dsaEncoding: "der" }, der));
    }
  });
});
