import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, before, describe, it } from "node:test";
import { isSecret, Output, output } from "@pulumi/pulumi";
import type { KeyRole } from "../../provider/components/keySource";
import { YubiKeyKeys, type YubiKeyKeysArgs } from "../../provider/components/yubiKeyKeys";
import { describeProblem, type Problem } from "../../provider/inputs/problem";
import type { Algorithm } from "../../provider/kms/algorithms";
import { CHECKOUT } from "../engine/project";
import { type Environment, setEnvironment } from "../fixtures/environment";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { found } from "../inputs/found";
import { issueRoot } from "../x509/issuing";

const PIN = "74839201";
const X509: readonly KeyRole[] = ["root", "intermediate"];
const ALL: readonly KeyRole[] = [...X509, "ssh-user-key", "ssh-host-key"];
const SSH_SLOTS = { "ssh-user-key": "82", "ssh-host-key": "83" } as const;
const NO_SECRETS: Environment = {
  KMS_PKI_PIN: undefined,
  KMS_PKI_PIN_FILE: undefined,
  KMS_PKI_PIN_11: undefined,
  KMS_PKI_PIN_11_FILE: undefined,
  KMS_PKI_MANAGEMENT_KEY: undefined,
  KMS_PKI_MANAGEMENT_KEY_FILE: undefined,
};

before(() => {
  setEnvironment(NO_SECRETS);
});
afterEach(() => {
  setEnvironment(NO_SECRETS);
});

/** What is wrong with settings, which no type need let through, on a machine that can reach a YubiKey. */
function problemsOf(args: object, roles = X509, algorithm: Algorithm = "ECDSA_P256"): readonly Problem[] {
  setEnvironment({ KMS_PKI_PIN: PIN });
  return new YubiKeyKeys(args)
    .problems(algorithm, roles)
    .filter(({ code, property }) => `${code} ${property}` !== "BACKEND_NOT_INSTALLED keys");
}

function shown(args: object): string {
  const plain = Object.entries(args).map(([name, value]) => [
    name,
    Output.isInstance(value) ? "an output" : (value as unknown),
  ]);
  return JSON.stringify(Object.fromEntries(plain));
}

void describe("The settings of keys in a YubiKey", () => {
  const accepted: readonly { args: YubiKeyKeysArgs; roles?: readonly KeyRole[] }[] = [
    { args: {} },
    { args: { serial: 12345678, pinPolicy: "once", touchPolicy: "cached", deleteKeys: true } },
    { args: { slots: { root: "82", intermediate: "95" } } },
    { args: { slots: { root: "9c", intermediate: "9a" } } },
    { args: { slots: SSH_SLOTS }, roles: ALL },
    { args: {}, roles: ["root"] },
    { args: {}, roles: ["intermediate"] },
    { args: { slots: { root: "9c" } }, roles: ["root"] },
    { args: { slots: SSH_SLOTS }, roles: ["ssh-user-key", "ssh-host-key"] },
    { args: { overwrite: ["9a", "9c"] } },
    { args: { adopt: { root: "9a" }, overwrite: ["9c"] } },
    { args: { slots: { root: "9d" }, adopt: { root: "9d" } } },
    { args: { attestationRootPem: output("known later") } },
  ];
  for (const { args, roles = X509 } of accepted) {
    void it(`may be ${shown(args)} for ${roles.join()}`, () => {
      assert.deepEqual(problemsOf(args, roles), []);
    });
  }

  const refused: readonly {
    args: object;
    roles?: readonly KeyRole[];
    problems: readonly string[];
    message?: RegExp;
  }[] = [
    { args: { serial: 0 }, problems: ["INPUT_INVALID keys.serial"] },
    { args: { serial: "12345678" }, problems: ["INPUT_INVALID keys.serial"] },
    { args: { serial: Number.NaN }, problems: ["INPUT_INVALID keys.serial"] },
    { args: { pinPolicy: "cached" }, problems: ["INPUT_INVALID keys.pinPolicy"] },
    { args: { touchPolicy: "once" }, problems: ["INPUT_INVALID keys.touchPolicy"] },
    { args: { slots: { root: "9b" } }, problems: ["INPUT_INVALID keys.slots.root"] },
    { args: { slots: { root: "9C" } }, problems: ["INPUT_INVALID keys.slots.root"] },
    { args: { slots: { leaf: "82" } }, problems: ["INPUT_INVALID keys.slots.leaf"], message: /"leaf" is no key/ },
    {
      args: { slots: { root: "9c" } },
      problems: ["INPUT_INVALID keys.slots.intermediate"],
      message: /9c is the slot of root, too/,
    },
    {
      args: { slots: { "ssh-user-key": "82", "ssh-host-key": "82" } },
      roles: ALL,
      problems: ["INPUT_INVALID keys.slots.ssh-host-key"],
      message: /82 is the slot of ssh-user-key, too/,
    },
    {
      args: {},
      roles: ALL,
      problems: ["INPUT_INVALID ssh"],
      message:
        /SSH keys have no slots by default, and ssh-user-key and ssh-host-key have none\. Switch ssh off; or name two more slots: slots: \{ "ssh-user-key": "82", "ssh-host-key": "83" \}/,
    },
    {
      args: { slots: { "ssh-user-key": "82" } },
      roles: ALL,
      problems: ["INPUT_INVALID ssh"],
      message: /ssh-host-key has none/,
    },
    {
      args: { overwrite: ["82"] },
      problems: ["INPUT_INVALID keys.overwrite"],
      message: /"82" is the slot of no key of this authority\. Name one of 9a, 9c/,
    },
    {
      args: { overwrite: ["9c"] },
      roles: ["root"],
      problems: ["INPUT_INVALID keys.overwrite"],
      message: /"9c" is the slot of no key of this authority\. Name one of 9a\./,
    },
    { args: { overwrite: ["9A", "all"] }, problems: ["INPUT_INVALID keys.overwrite", "INPUT_INVALID keys.overwrite"] },
    {
      args: { adopt: { root: "9c" } },
      problems: ["INPUT_INVALID keys.adopt.root"],
      message: /"9c" is not the slot of that key\. Name "9a", or set its slot/,
    },
    {
      args: { adopt: { root: "9a" } },
      roles: ["intermediate"],
      problems: ["INPUT_INVALID keys.adopt.root"],
      message: /"9a" is not the slot of that key\. No such key comes from here/,
    },
    {
      args: { adopt: { leaf: "82" } },
      problems: ["INPUT_INVALID keys.adopt.leaf", "INPUT_INVALID keys.adopt.leaf"],
      message: /"leaf" is no key/,
    },
    {
      args: { adopt: { root: "9a" }, overwrite: ["9a"] },
      problems: ["INPUT_INVALID keys.adopt.root"],
      message: /slot 9a is in overwrite, too/,
    },
    { args: { attestationRootPem: "no certificate" }, problems: ["INPUT_INVALID keys.attestationRootPem"] },
    {
      args: {
        serial: -1,
        slots: { root: "x" },
        pinPolicy: "x",
        touchPolicy: "x",
        overwrite: ["y"],
        adopt: { root: "z" },
      },
      roles: ALL,
      problems: [
        "INPUT_INVALID keys.serial",
        "INPUT_INVALID keys.slots.root",
        "INPUT_INVALID ssh",
        "INPUT_INVALID keys.pinPolicy",
        "INPUT_INVALID keys.touchPolicy",
        "INPUT_INVALID keys.overwrite",
        "INPUT_INVALID keys.adopt.root",
      ],
    },
  ];
  for (const { args, roles = X509, problems, message = /./ } of refused) {
    void it(`must not be ${shown(args)} for ${roles.join()}`, () => {
      const all = problemsOf(args, roles);
      assert.deepEqual(found(all), problems);
      assert.match(describeProblem(all[0] ?? assert.fail()), message);
      assert.doesNotMatch(all.map(describeProblem).join("\n"), /undefined/);
    });
  }

  for (const algorithm of ["ECDSA_P521", "RSA_2048_PSS", "RSA_3072_PSS", "RSA_4096_PSS", "DSA"] as Algorithm[]) {
    void it(`must not ask for ${algorithm}`, () => {
      assert.deepEqual(found(problemsOf({}, X509, algorithm)), ["ALGORITHM_UNSUPPORTED algorithm"]);
    });
  }

  void it("may name a certificate as the root of attestations", async () => {
    assert.deepEqual(problemsOf({ attestationRootPem: await issueRoot() }), []);
  });

  const secrets: readonly { what: string; environment: Environment; serial?: number; problems: readonly string[] }[] = [
    { what: "without a PIN", environment: { KMS_PKI_PIN: undefined }, problems: ["SECRET_MISSING "] },
    { what: "with a PIN that cannot be one", environment: { KMS_PKI_PIN: "4711" }, problems: ["INPUT_INVALID "] },
    {
      what: "with the PIN of another device",
      environment: { KMS_PKI_PIN: undefined, KMS_PKI_PIN_11: PIN },
      serial: 22,
      problems: ["SECRET_MISSING "],
    },
    {
      what: "with its own PIN",
      environment: { KMS_PKI_PIN: undefined, KMS_PKI_PIN_11: PIN },
      serial: 11,
      problems: [],
    },
    {
      what: "with a management key that cannot be one",
      environment: { KMS_PKI_MANAGEMENT_KEY: "4711" },
      problems: ["INPUT_INVALID "],
    },
  ];
  for (const { what, environment, serial, problems } of secrets) {
    void it(`are ${problems.length > 0 ? "refused" : "accepted"} ${what}, and no secret is told`, () => {
      problemsOf({});
      setEnvironment(environment);
      const all = new YubiKeyKeys(serial === undefined ? {} : { serial })
        .problems("ECDSA_P256", X509)
        .filter(({ code }) => code !== "BACKEND_NOT_INSTALLED");
      assert.deepEqual(found(all), problems);
      assert.doesNotMatch(inspect(all), new RegExp(`${PIN}|4711`));
    });
  }

  void it("are refused where the package for PC/SC is not installed, and not where it is", () => {
    const elsewhere = temporaryDirectory();
    cpSync(join(CHECKOUT, "dist", "provider"), elsewhere, { recursive: true });
    mkdirSync(join(elsewhere, "node_modules", "@pulumi"), { recursive: true });
    const pulumi = join("node_modules", "@pulumi", "pulumi");
    symlinkSync(join(CHECKOUT, pulumi), join(elsewhere, pulumi));
    const program =
      'const { YubiKeyKeys } = require("./components/yubiKeyKeys.js");' +
      'console.log(JSON.stringify(new YubiKeyKeys().problems("ECDSA_P256", ["root"])));';
    const run = (): Problem[] => {
      const env = { ...process.env, KMS_PKI_PIN: PIN };
      const options = { cwd: elsewhere, encoding: "utf8", env } as const;
      return JSON.parse(execFileSync(process.execPath, ["-e", program], options)) as Problem[];
    };
    const problems = run();
    assert.deepEqual(found(problems), ["BACKEND_NOT_INSTALLED keys"]);
    assert.match(problems[0]?.remedy ?? "", /npm install pcsclite/);
    mkdirSync(join(elsewhere, "node_modules", "pcsclite"));
    writeFileSync(join(elsewhere, "node_modules", "pcsclite", "index.js"), "");
    assert.deepEqual(run(), []);
  });
});

void describe("The kms block of keys in a YubiKey", () => {
  const blocks: readonly {
    what: string;
    args: YubiKeyKeysArgs;
    environment: Environment;
    block: object;
    pin?: string;
  }[] = [
    {
      what: "names the file of the PIN",
      args: {},
      environment: { KMS_PKI_PIN_FILE: "secrets/my pin" },
      block: { type: "yubikey", uri: "yubikey:?pin-source=secrets/my%20pin" },
    },
    {
      what: "names the serial number and the file of the PIN",
      args: { serial: 11 },
      environment: { KMS_PKI_PIN_FILE: "/etc/pin" },
      block: { type: "yubikey", uri: "yubikey:serial=11?pin-source=/etc/pin" },
    },
    {
      what: "holds the PIN as a secret",
      args: {},
      environment: { KMS_PKI_PIN: PIN },
      block: { type: "yubikey" },
      pin: PIN,
    },
    {
      what: "names the serial number and holds the PIN as a secret",
      args: { serial: 11 },
      environment: { KMS_PKI_PIN: PIN },
      block: { type: "yubikey", uri: "yubikey:serial=11" },
      pin: PIN,
    },
    {
      what: "has the device's own PIN",
      args: { serial: 11 },
      environment: { KMS_PKI_PIN: "00000000", KMS_PKI_PIN_11_FILE: "own" },
      block: { type: "yubikey", uri: "yubikey:serial=11?pin-source=own" },
    },
    {
      what: "has no PIN that is not given",
      args: { serial: 11 },
      environment: {},
      block: { type: "yubikey", uri: "yubikey:serial=11" },
    },
  ];
  for (const { what, args, environment, block, pin } of blocks) {
    void it(`${what}, of a device with ${shown(args)}`, async () => {
      setEnvironment(environment);
      const { pin: held, ...rest } = new YubiKeyKeys(args).kms as { pin?: unknown };
      assert.deepEqual(rest, block);
      assert.doesNotMatch(inspect(rest), new RegExp(PIN));
      if (pin === undefined) {
        assert.equal(held, undefined);
        return;
      }
      assert.ok(Output.isInstance<string>(held));
      assert.equal(await isSecret(held), true);
      assert.equal(await new Promise((resolve) => held.apply(resolve)), pin);
    });
  }
});
