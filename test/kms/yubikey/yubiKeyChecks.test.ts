import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import type { Problem } from "../../../provider/words/problem";
import type { SecretSources } from "../../../provider/words/secrets";
import { UNKNOWN } from "../../../provider/words/unknown";
import {
  checkAttestationRoot,
  checkPinPolicy,
  checkPivAlgorithm,
  checkSerial,
  checkSlot,
  checkSlotUse,
  checkTouchPolicy,
  checkYubiKeySecrets,
} from "../../../provider/kms/yubikey/yubiKeyChecks";
import { SLOTS } from "../../../provider/piv/slots";
import { issueRoot } from "../../x509/issuing";
import { found } from "../../inputs/found";

const PIN = "74839201";
const MANAGEMENT_KEY = "a5b4c3d2e1f00112233445566778899aabbccddeeff01234";

const CHECKS: readonly {
  what: string;
  check: (value: unknown, property: string) => Problem[];
  good: readonly unknown[];
  bad: readonly unknown[];
  code?: string;
  /** The words that the remedy for an invalid one names. */
  remedy: RegExp;
}[] = [
  {
    what: "serial number",
    check: checkSerial,
    good: [undefined, 1, 12345678, 4294967295],
    bad: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "12345678", null, {}, true],
    remedy: /printed on the device/,
  },
  {
    what: "algorithm",
    check: checkPivAlgorithm,
    good: ["ECDSA_P256", "ECDSA_P384", "RSA_2048_PKCS1", "RSA_3072_PKCS1", "RSA_4096_PKCS1", "ED25519"],
    bad: ["ECDSA_P521", "RSA_2048_PSS", "RSA_4096_PSS", "DSA", "toString", "", 5],
    code: "ALGORITHM_UNSUPPORTED",
    remedy: /Choose one of ECDSA_P256/,
  },
  {
    what: "slot",
    check: checkSlot,
    good: SLOTS,
    bad: ["9b", "f9", "80", "81", "96", "9C", "9c ", "", "toString", 82, 0x9c, undefined, null],
    remedy: /9a, 9c, 9d, 9e or one of 82 to 95/,
  },
  {
    what: "use of a slot",
    check: checkSlotUse,
    good: ["new", "overwrite", "adopt"],
    bad: ["Overwrite", "force", "", undefined, null, true],
    remedy: /new, overwrite, adopt/,
  },
  {
    what: "PIN policy",
    check: checkPinPolicy,
    good: ["never", "once", "always"],
    bad: ["cached", "ALWAYS", "", undefined, 1],
    remedy: /never, once, always/,
  },
  {
    what: "touch policy",
    check: checkTouchPolicy,
    good: ["never", "always", "cached"],
    bad: ["once", "Never", "", undefined, false],
    remedy: /never, always, cached/,
  },
];

for (const { what, check, good, bad, code = "INPUT_INVALID", remedy } of CHECKS) {
  void describe(`The check of the ${what}`, () => {
    void it("accepts every valid value, and unknown ones", () => {
      for (const value of [...good, UNKNOWN]) {
        assert.deepEqual(check(value, "p"), [], inspect(value));
      }
    });

    for (const value of bad) {
      void it(`refuses ${inspect(value)}, and lists the valid values`, () => {
        const problems = check(value, "keys.property");
        assert.deepEqual(found(problems), [`${code} keys.property`]);
        assert.match(problems[0]?.remedy ?? "", remedy);
      });
    }
  });
}

void describe("The check of the attestation root", () => {
  void it("accepts a certificate, none and an unknown one", async () => {
    for (const value of [undefined, UNKNOWN, await issueRoot()]) {
      assert.deepEqual(checkAttestationRoot(value, "p"), []);
    }
  });

  for (const value of [
    "",
    "no certificate",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    1,
    null,
  ]) {
    void it(`refuses ${inspect(value)}`, () => {
      assert.deepEqual(found(checkAttestationRoot(value, "p")), ["INPUT_INVALID p"]);
    });
  }
});

void describe("The check of a YubiKey's secrets", () => {
  const sources = (environment: Record<string, string>): SecretSources => ({
    environment,
    config: () => undefined,
    rootDirectory: "/nonexistent",
  });
  const checks: readonly { environment: Record<string, string>; serial?: unknown; problems: readonly string[] }[] = [
    { environment: { KMS_PKI_PIN: PIN }, problems: [] },
    { environment: { KMS_PKI_PIN: PIN, KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY }, problems: [] },
    { environment: { KMS_PKI_PIN_11: PIN, KMS_PKI_PIN: "bad" }, serial: 11, problems: [] },
    { environment: { KMS_PKI_PIN_11: PIN, KMS_PKI_PIN: "bad" }, serial: 22, problems: ["INPUT_INVALID "] },
    { environment: { KMS_PKI_PIN_11: PIN }, problems: ["SECRET_MISSING "] },
    { environment: {}, serial: UNKNOWN, problems: [] },
    { environment: {}, problems: ["SECRET_MISSING "] },
    { environment: { KMS_PKI_PIN: PIN.slice(3) }, problems: ["INPUT_INVALID "] },
    { environment: { KMS_PKI_PIN: `${PIN}9` }, problems: ["INPUT_INVALID "] },
    { environment: { KMS_PKI_PIN_FILE: "absent" }, problems: ["SECRET_MISSING "] },
    {
      environment: { KMS_PKI_PIN: PIN, KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY.slice(2) },
      problems: ["INPUT_INVALID "],
    },
    { environment: { KMS_PKI_PIN: PIN, KMS_PKI_MANAGEMENT_KEY: "no hex" }, problems: ["INPUT_INVALID "] },
    {
      environment: { KMS_PKI_PIN: PIN, KMS_PKI_MANAGEMENT_KEY_11: "bad", KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY },
      serial: 11,
      problems: ["INPUT_INVALID "],
    },
  ];
  for (const { environment, serial, problems } of checks) {
    const given = Object.entries(environment).map(([name, { length }]) => `${name} (${String(length)})`);
    void it(`finds ${problems.join() || "nothing"} for ${String(serial)} in ${given.join() || "nothing"}, without revealing a secret`, () => {
      const all = checkYubiKeySecrets(sources(environment), serial);
      assert.deepEqual(found(all), problems);
      for (const secret of Object.values(environment).filter((value) => value.length > 3 && value !== "absent")) {
        assert.ok(!inspect(all).includes(secret));
      }
    });
  }
});
