import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAlgorithm } from "../../provider/inputs/algorithm";
import { UNKNOWN } from "../../provider/words/unknown";
import { ALGORITHM_NAMES } from "../../provider/kms/algorithms";
import { found } from "./found";

void describe("An algorithm's name", () => {
  for (const value of [...ALGORITHM_NAMES, undefined, UNKNOWN]) {
    void it(`may be ${String(value)}`, () => {
      assert.deepEqual(checkAlgorithm(value, "algorithm"), []);
    });
  }
  for (const value of ["ECDSA_P255", "ecdsa_p256", "", "constructor", null, 256, ["ECDSA_P256"]]) {
    void it(`must not be ${JSON.stringify(value)}`, () => {
      const problems = checkAlgorithm(value, "algorithm");
      assert.deepEqual(found(problems), ["ALGORITHM_UNSUPPORTED algorithm"]);
      assert.equal(problems[0]?.reason, `${JSON.stringify(value)} is not an algorithm`);
    });
  }

  void it("must be one that the key management service supports, and the remedy lists only those", () => {
    const supported = ["ECDSA_P256", "ECDSA_P384"] as const;
    assert.deepEqual(checkAlgorithm("ECDSA_P384", "rootAlgorithm", supported), []);
    assert.deepEqual(checkAlgorithm("ED25519", "rootAlgorithm", supported), [
      {
        code: "ALGORITHM_UNSUPPORTED",
        property: "rootAlgorithm",
        reason: "this key management service does not support ED25519",
        remedy: "Choose one of ECDSA_P256, ECDSA_P384",
      },
    ]);
  });
});
