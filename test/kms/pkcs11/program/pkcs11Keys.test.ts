import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isSecret, output } from "@pulumi/pulumi";
import { KEY_ROLES, type KeyRole } from "../../../../provider/authority/keyNames";
import type { Algorithm } from "../../../../provider/kms/algorithms";
import { Pkcs11Keys } from "../../../../provider/kms/pkcs11/program/pkcs11Keys";
import type { Pkcs11KeysArgs } from "../../../../provider/kms/pkcs11/program/pkcs11KeysArgs";
import { type Environment, setEnvironment } from "../../../fixtures/environment";
import { bareInstallation } from "../../../fixtures/bareInstallation";

const PIN = "74839201";
const MODULE = "/usr/lib/softhsm/libsofthsm2.so";
const NO_SECRETS: Environment = {
  KMS_PKI_TOKEN_PIN: undefined,
  KMS_PKI_TOKEN_PIN_FILE: undefined,
  KMS_PKI_TOKEN_PIN_ROOT_CA: undefined,
  KMS_PKI_TOKEN_PIN_ROOT_CA_FILE: undefined,
};

/** The problems of settings, on a machine that can load a module. */
function problemsOf(
  args: object,
  roles: readonly KeyRole[] = KEY_ROLES,
  algorithm: Algorithm = "ECDSA_P256",
): string[] {
  return new Pkcs11Keys(args)
    .problems(algorithm, roles)
    .filter(({ code }) => code !== "BACKEND_NOT_INSTALLED")
    .map(({ code, property, reason }) => `${property}: ${code}: ${reason}`);
}

void describe("The settings of keys in a PKCS#11 token", () => {
  beforeEach(() => {
    setEnvironment({ ...NO_SECRETS, KMS_PKI_TOKEN_PIN: PIN });
  });
  afterEach(() => {
    setEnvironment(NO_SECRETS);
  });

  const accepted: readonly { args: Pkcs11KeysArgs; roles?: readonly KeyRole[]; algorithm?: Algorithm }[] = [
    { args: { token: "ca" } },
    { args: { modulePath: MODULE, stepCaModulePath: "p11.so", serial: "1a2b", labelPrefix: "prod" } },
    { args: { slotId: 0, storeCertificates: true, deleteKeys: true } },
    { args: { token: "ca", adopt: { root: "pkcs11:id=0a;object=r", "root-g1": "pkcs11:id=0b;object=r" } } },
    { args: { token: "ca" }, roles: ["root"], algorithm: "ED25519" },
    { args: { token: "ca" }, algorithm: "RSA_4096_PSS" },
  ];
  for (const { args, roles, algorithm } of accepted) {
    void it(`may be ${JSON.stringify(args)} for ${algorithm ?? "ECDSA_P256"} of ${(roles ?? ["all"]).join()}`, () => {
      assert.deepEqual(problemsOf(args, roles, algorithm), []);
    });
  }

  const refused: readonly { args: object; algorithm?: Algorithm; problem: RegExp }[] = [
    { args: {}, problem: /^keys\.token: INPUT_INVALID: no setting names the token/ },
    { args: { token: "ca", serial: "1" }, problem: /^keys\.token: INPUT_INVALID: token and serial both name/ },
    { args: { slotId: -1 }, problem: /^keys\.slotId: INPUT_INVALID: -1 is not a slot number/ },
    {
      args: { token: "ca", labelPrefix: "my ca" },
      problem: /^keys\.labelPrefix: INPUT_INVALID: "my ca" is not a label/,
    },
    { args: { token: 7 }, problem: /^keys\.token: INPUT_INVALID: it is not a string/ },
    {
      args: { token: "ca", deleteKeys: "yes" },
      problem: /^keys\.deleteKeys: INPUT_INVALID: "yes" is not true or false/,
    },
    { args: { token: "ca", adopt: ["root"] }, problem: /^keys\.adopt: INPUT_INVALID: it is not an object/ },
    { args: { token: "ca", modulePath: "" }, problem: /^keys\.modulePath: INPUT_INVALID: it is empty/ },
    {
      args: { token: "ca", adopt: { toor: "pkcs11:id=0a;object=r" } },
      problem: /^keys\.adopt\.toor: INPUT_INVALID: "toor" is not a key/,
    },
    {
      args: { token: "ca", adopt: { root: "pkcs11:object=r" } },
      problem: /^keys\.adopt\.root: INPUT_INVALID: .*only one of its two names/,
    },
    { args: { token: "ca", adopt: { root: "yubikey:slot-id=9a" } }, problem: /^keys\.adopt\.root: KEY_URI_INVALID/ },
    {
      args: { token: "ca", adopt: { root: "pkcs11:id=0a;object=r", intermediate: "pkcs11:object=r;id=0A" } },
      problem: /^keys\.adopt\.intermediate: INPUT_INVALID: .* is also the key of root/,
    },
    {
      args: { token: "ca" },
      algorithm: "ED25519",
      problem: /^algorithm: ALGORITHM_UNSUPPORTED: step-ca cannot sign with ED25519 keys/,
    },
  ];
  for (const { args, algorithm, problem } of refused) {
    void it(`are refused with ${JSON.stringify(args)} for ${algorithm ?? "ECDSA_P256"}`, () => {
      const found = problemsOf(args, undefined, algorithm);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", problem);
    });
  }

  void it("require a PIN, and prefer that of the token", () => {
    setEnvironment(NO_SECRETS);
    assert.match(
      problemsOf({ token: "root-ca" }).join(),
      /^: SECRET_MISSING: the PIN of the PKCS#11 token is not given/,
    );
    setEnvironment({ KMS_PKI_TOKEN_PIN_ROOT_CA: PIN });
    assert.deepEqual(problemsOf({ token: "root-ca" }), []);
    assert.equal(problemsOf({ token: "other" }).length, 1);
  });

  void it("require the package, and say how to install it", () => {
    const script = `
      const { Pkcs11Keys } = require(${JSON.stringify(join(bareInstallation(), "kms", "pkcs11", "program"))});
      const problems = new Pkcs11Keys({ token: "ca" }).problems("ECDSA_P256", ["root"]);
      console.log(problems.filter(({ property }) => property === "keys").map(({ code, remedy }) => code + " " + remedy).join());`;
    const said = execFileSync(process.execPath, ["-e", script], {
      encoding: "utf8",
      env: { ...process.env, KMS_PKI_TOKEN_PIN: PIN },
    });
    assert.equal(said.trim(), "BACKEND_NOT_INSTALLED npm install pkcs11js");
  });
});

void describe("The kms block of keys in a PKCS#11 token", () => {
  afterEach(() => {
    setEnvironment(NO_SECRETS);
  });

  void it("names the PIN file, and the path of the module on step-ca's host", () => {
    setEnvironment({ ...NO_SECRETS, KMS_PKI_TOKEN_PIN_FILE: "/etc/my pin" });
    const keys = new Pkcs11Keys({ modulePath: MODULE, stepCaModulePath: "/opt/p11.so", token: "my ca" });
    assert.deepEqual(keys.kms, {
      type: "pkcs11",
      uri: "pkcs11:module-path=/opt/p11.so;token=my%20ca?pin-source=/etc/my%20pin",
    });
  });

  void it("contains a PIN given as a value as a secret", async () => {
    setEnvironment({ ...NO_SECRETS, KMS_PKI_TOKEN_PIN: PIN });
    const { pin, ...block } = await new Promise<Record<string, unknown>>((resolve) => {
      output(new Pkcs11Keys({ modulePath: MODULE, slotId: 5 }).kms).apply(resolve);
    });
    assert.deepEqual(block, { type: "pkcs11", uri: `pkcs11:module-path=${MODULE};slot-id=5` });
    assert.equal(pin, PIN);
    assert.ok(await isSecret(output(new Pkcs11Keys({ token: "ca" }).kms)));
  });
});
