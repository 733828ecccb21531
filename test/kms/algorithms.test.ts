import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { before, describe, it } from "node:test";
import { inspect } from "node:util";
import {
  type Algorithm,
  ALGORITHM_NAMES,
  algorithmOf,
  algorithmRow,
  DEFAULT_ALGORITHM,
  fitsAlgorithm,
  isAlgorithm,
  sshAlgorithm,
} from "../../provider/kms/algorithms";
import { withCode } from "../fixtures/withCode";

/** Keys, the algorithms that they support, and the default one. */
const KEYS: readonly { what: string; make: () => KeyObject; serves: readonly Algorithm[] }[] = [
  { what: "P-256", make: () => ec("P-256"), serves: ["ECDSA_P256"] },
  { what: "P-384", make: () => ec("P-384"), serves: ["ECDSA_P384"] },
  { what: "P-521", make: () => ec("P-521"), serves: ["ECDSA_P521"] },
  { what: "secp256k1", make: () => ec("secp256k1"), serves: [] },
  { what: "RSA 1024", make: () => rsa(1024), serves: [] },
  { what: "RSA 2048", make: () => rsa(2048), serves: ["RSA_2048_PKCS1", "RSA_2048_PSS"] },
  { what: "RSA 3072", make: () => rsa(3072), serves: ["RSA_3072_PKCS1", "RSA_3072_PSS"] },
  { what: "RSA 4096", make: () => rsa(4096), serves: ["RSA_4096_PKCS1", "RSA_4096_PSS"] },
  { what: "Ed25519", make: () => generateKeyPairSync("ed25519").publicKey, serves: ["ED25519"] },
  { what: "Ed448", make: () => generateKeyPairSync("ed448").publicKey, serves: [] },
  { what: "X25519", make: () => generateKeyPairSync("x25519").publicKey, serves: [] },
];

function ec(namedCurve: string): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).publicKey;
}

function rsa(modulusLength: number): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength }).publicKey;
}

void describe("An algorithm", () => {
  void it("has a known name", () => {
    assert.deepEqual(ALGORITHM_NAMES, [
      "ECDSA_P256",
      "ECDSA_P384",
      "ECDSA_P521",
      "RSA_2048_PKCS1",
      "RSA_3072_PKCS1",
      "RSA_4096_PKCS1",
      "RSA_2048_PSS",
      "RSA_3072_PSS",
      "RSA_4096_PSS",
      "ED25519",
    ]);
    assert.equal(DEFAULT_ALGORITHM, "ECDSA_P256");
    assert.ok(ALGORITHM_NAMES.every(isAlgorithm));
  });

  for (const value of ["ecdsa_p256", "RSA_1024_PKCS1", "", "toString", "__proto__", undefined, null, 7, ["ED25519"]]) {
    void it(`is not ${inspect(value)}`, () => {
      assert.ok(!isAlgorithm(value));
    });
  }

  const sshNames: readonly { algorithm: Algorithm; sshName: string }[] = [
    { algorithm: "ECDSA_P256", sshName: "ecdsa-sha2-nistp256" },
    { algorithm: "ECDSA_P384", sshName: "ecdsa-sha2-nistp384" },
    { algorithm: "ECDSA_P521", sshName: "ecdsa-sha2-nistp521" },
    { algorithm: "RSA_2048_PKCS1", sshName: "ssh-rsa" },
    { algorithm: "RSA_4096_PSS", sshName: "ssh-rsa" },
    { algorithm: "ED25519", sshName: "ssh-ed25519" },
  ];
  for (const { algorithm, sshName } of sshNames) {
    void it(`${algorithm} is ${sshName} to OpenSSH`, () => {
      assert.equal(algorithmRow(algorithm).sshName, sshName);
    });
  }
});

for (const { what, make, serves } of KEYS) {
  void describe(`A key of type ${what}`, () => {
    let key: KeyObject;
    before(() => {
      key = make();
    });

    void it(`serves ${serves.join(" and ") || "no algorithm"}`, () => {
      assert.deepEqual(
        ALGORITHM_NAMES.filter((algorithm) => fitsAlgorithm(key, algorithm)),
        serves,
      );
    });

    const [first] = serves;
    void it(first === undefined ? "has no algorithm" : `has the algorithm ${first} by default`, () => {
      if (first === undefined) {
        assert.throws(() => algorithmOf(key), withCode("ALGORITHM_UNSUPPORTED", /Use a key for one of ECDSA_P256, /));
      } else {
        assert.equal(algorithmOf(key), first);
      }
    });
  });
}

void describe("The algorithm of an SSH CA", () => {
  void it("is that of X.509, except for RSA, which OpenSSH signs only with PKCS#1 v1.5", () => {
    for (const algorithm of ALGORITHM_NAMES) {
      const ssh = sshAlgorithm(algorithm);
      assert.ok(isAlgorithm(ssh));
      assert.equal(ssh.endsWith("_PSS"), false);
      assert.deepEqual(algorithmRow(ssh).generate, algorithmRow(algorithm).generate);
    }
  });
});
