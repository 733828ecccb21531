import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, before, describe, it } from "node:test";
import { isSecret, Output, output, runtime } from "@pulumi/pulumi";
import type { CertificateAuthorityArgs } from "../../../../provider/authority/program/authorityArgs";
import { CertificateAuthority } from "../../../../provider/authority/program/certificateAuthority";
import { yubikey } from "../../../../provider/kms/yubikey/descriptor";
import { checkInstalled } from "../../../../provider/keySources/keyServiceChecks";
import type { KeyRole } from "../../../../provider/authority/keyNames";
import { SoftKeys } from "../../../../provider/kms/softkms/program/softKeys";
import type { PivKeysArgs } from "../../../../provider/kms/yubikey/program/pivKeysArgs";
import { PivKeys } from "../../../../provider/kms/yubikey/program/pivKeys";
import { describeProblem, type Problem } from "../../../../provider/words/problem";
import type { Algorithm } from "../../../../provider/kms/algorithms";
import { readCertificate } from "../../../../provider/x509/certificate";
import { type Environment, setEnvironment } from "../../../fixtures/environment";
import { withCode } from "../../../fixtures/withCode";
import { found } from "../../../inputs/found";
import { issueRoot } from "../../../x509/issuing";
import { bareInstallation } from "../../../fixtures/bareInstallation";

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
  KMS_PKI_PASSPHRASE: undefined,
  KMS_PKI_PASSPHRASE_FILE: undefined,
};

before(() => {
  setEnvironment(NO_SECRETS);
});
afterEach(() => {
  setEnvironment(NO_SECRETS);
});

/** The problems of settings of any type, on a machine that can reach a YubiKey. */
function problemsOf(args: object, roles = X509, algorithm: Algorithm = "ECDSA_P256"): readonly Problem[] {
  setEnvironment({ KMS_PKI_PIN: PIN });
  return new PivKeys(args)
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
  const accepted: readonly { args: PivKeysArgs; roles?: readonly KeyRole[] }[] = [
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
    { args: { slots: { leaf: "82" } }, problems: ["INPUT_INVALID keys.slots.leaf"], message: /"leaf" is not a key/ },
    {
      args: { slots: { root: "9c" } },
      problems: ["INPUT_INVALID keys.slots.intermediate"],
      message: /9c is also the slot of root/,
    },
    {
      args: { slots: { "ssh-user-key": "82", "ssh-host-key": "82" } },
      roles: ALL,
      problems: ["INPUT_INVALID keys.slots.ssh-host-key"],
      message: /82 is also the slot of ssh-user-key/,
    },
    {
      args: {},
      roles: ALL,
      problems: ["INPUT_INVALID ssh"],
      message:
        /SSH keys have no slots by default, and ssh-user-key and ssh-host-key have none\. Turn ssh off, or add two slots: slots: \{ "ssh-user-key": "82", "ssh-host-key": "83" \}/,
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
      message: /"82" is not the slot of any key of this authority\. Name one of 9a, 9c/,
    },
    {
      args: { overwrite: ["9c"] },
      roles: ["root"],
      problems: ["INPUT_INVALID keys.overwrite"],
      message: /"9c" is not the slot of any key of this authority\. Name one of 9a\./,
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
      message: /"9a" is not the slot of that key\. This source has no such key/,
    },
    {
      args: { adopt: { leaf: "82" } },
      problems: ["INPUT_INVALID keys.adopt.leaf", "INPUT_INVALID keys.adopt.leaf"],
      message: /"leaf" is not a key/,
    },
    {
      args: { adopt: { root: "9a" }, overwrite: ["9a"] },
      problems: ["INPUT_INVALID keys.adopt.root"],
      message: /slot 9a is also in overwrite/,
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

  void it("may name a certificate as the attestation root", async () => {
    assert.deepEqual(problemsOf({ attestationRootPem: await issueRoot() }), []);
  });

  const secrets: readonly { what: string; environment: Environment; serial?: number; problems: readonly string[] }[] = [
    { what: "without a PIN", environment: { KMS_PKI_PIN: undefined }, problems: ["SECRET_MISSING "] },
    { what: "with an invalid PIN", environment: { KMS_PKI_PIN: "4711" }, problems: ["INPUT_INVALID "] },
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
      what: "with an invalid management key",
      environment: { KMS_PKI_MANAGEMENT_KEY: "4711" },
      problems: ["INPUT_INVALID "],
    },
  ];
  for (const { what, environment, serial, problems } of secrets) {
    void it(`are ${problems.length > 0 ? "refused" : "accepted"} ${what}, without revealing a secret`, () => {
      problemsOf({});
      setEnvironment(environment);
      const all = new PivKeys(serial === undefined ? {} : { serial })
        .problems("ECDSA_P256", X509)
        .filter(({ code }) => code !== "BACKEND_NOT_INSTALLED");
      assert.deepEqual(found(all), problems);
      assert.doesNotMatch(inspect(all), new RegExp(`${PIN}|4711`));
    });
  }

  void it("are refused only when the package for PC/SC is not installed", () => {
    const elsewhere = bareInstallation();
    const program =
      'const { PivKeys } = require("./kms/yubikey/program/pivKeys.js");' +
      'console.log(JSON.stringify(new PivKeys().problems("ECDSA_P256", ["root"])));';
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
    args: PivKeysArgs;
    environment: Environment;
    block: object;
    pin?: string;
  }[] = [
    {
      what: "names the PIN file",
      args: {},
      environment: { KMS_PKI_PIN_FILE: "secrets/my pin" },
      block: { type: "yubikey", uri: "yubikey:?pin-source=secrets/my%20pin" },
    },
    {
      what: "names the serial number and the PIN file",
      args: { serial: 11 },
      environment: { KMS_PKI_PIN_FILE: "/etc/pin" },
      block: { type: "yubikey", uri: "yubikey:serial=11?pin-source=/etc/pin" },
    },
    {
      what: "contains the PIN as a secret",
      args: {},
      environment: { KMS_PKI_PIN: PIN },
      block: { type: "yubikey" },
      pin: PIN,
    },
    {
      what: "names the serial number and contains the PIN as a secret",
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
      what: "has no PIN when none is given",
      args: { serial: 11 },
      environment: {},
      block: { type: "yubikey", uri: "yubikey:serial=11" },
    },
  ];
  for (const { what, args, environment, block, pin } of blocks) {
    void it(`${what}, of a device with ${shown(args)}`, async () => {
      setEnvironment(environment);
      const { pin: held, ...rest } = new PivKeys(args).kms as { pin?: unknown };
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

/** A resource as the engine gets it. */
interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The resources that an authority declares, with an engine that makes nothing and answers as ours would. */
async function declaredBy(args: Partial<CertificateAuthorityArgs>): Promise<Declared[]> {
  const certificatePem = await issueRoot();
  const publicKeyPem = readCertificate(certificatePem).publicKey.export({ type: "spki", format: "pem" }).toString();
  const declared: Declared[] = [];
  const newResource = ({ type, name, inputs }: runtime.MockResourceArgs): { id: string; state: object } => {
    const known = inputs as Declared["inputs"];
    declared.push({ type: type.replace(/^.*:/, ""), name, inputs: known });
    const uri = `yubikey:slot-id=${String(known["slot"])}`;
    const own = name === "ca-intermediate-key" || name.includes("ssh") ? newPublicKey() : publicKeyPem;
    return { id: name, state: { serial: 11, uri, publicKeyPem: own, certificatePem, ...known } };
  };
  await runtime.setMocks({ newResource, call: () => ({ outputs: {} }) }, "acme", "prod", false, "acme");
  setEnvironment({ KMS_PKI_PIN: PIN, KMS_PKI_PASSPHRASE: "correct-horse-battery-staple" });
  new CertificateAuthority("ca", { keys: new PivKeys(), ssh: false, ...args });
  const { length } = await settled(declared);
  assert.ok(length > 0);
  assert.doesNotMatch(JSON.stringify(declared), new RegExp(PIN));
  return declared;
}

/** The keys of an authority must differ. */
function newPublicKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
}

/** Waits until nothing more arrives. */
async function settled<T>(list: readonly T[]): Promise<readonly T[]> {
  for (let length = -1; length !== list.length;) {
    length = list.length;
    for (let turn = 0; turn < 50; turn += 1) {
      await new Promise(setImmediate);
    }
  }
  return list;
}

const urnOf = (key: string): string =>
  "urn:pulumi:prod::acme::kms-pki:index:CertificateAuthority$pulumi-nodejs:dynamic/kms-pki:PivKey::" + key;

function inputsOf(declared: readonly Declared[], type: string): Record<string, Readonly<Record<string, unknown>>> {
  return Object.fromEntries(
    declared
      .filter((resource) => resource.type === type)
      .map(({ name, inputs: { __provider: _, ...inputs } }) => [name, inputs]),
  );
}

const skip = checkInstalled(yubikey).length > 0 ? "missing: pcsclite; make test gets it" : false;

void describe("The resources of keys in a YubiKey", { skip }, () => {
  void it("are a device that checks every slot, the keys, and their certificates", async () => {
    const declared = await declaredBy({});
    const claim = (slot: string, key: string): object => ({ slot, use: "new", owner: urnOf(key) });
    assert.deepEqual(inputsOf(declared, "YubiKey"), {
      "ca-root-yubikey": { slots: [claim("9a", "ca-root-key"), claim("9c", "ca-intermediate-key")] },
    });
    const key = {
      kms: "yubikey:serial=11",
      algorithm: "ECDSA_P256",
      pinPolicy: "always",
      touchPolicy: "never",
      deleteKey: false,
    };
    assert.deepEqual(inputsOf(declared, "PivKey"), {
      "ca-root-key": { ...key, ...claim("9a", "ca-root-key") },
      "ca-intermediate-key": { ...key, ...claim("9c", "ca-intermediate-key") },
    });
    const certificates = inputsOf(declared, "PivCertificate");
    assert.deepEqual(Object.keys(certificates).sort(), ["ca-intermediate-certificate", "ca-root-certificate"]);
    const { certificatePem, ...root } = certificates["ca-root-certificate"] ?? {};
    assert.match(String(certificatePem), /^-----BEGIN CERTIFICATE-----/);
    assert.deepEqual(root, {
      uri: "yubikey:slot-id=9a",
      kms: "yubikey:serial=11",
      replaceOther: false,
      deleteCertificate: false,
    });
  });

  void it("follow the settings", async () => {
    const keys = new PivKeys({
      serial: 22,
      slots: { root: "82", intermediate: "83" },
      overwrite: ["82"],
      adopt: { intermediate: "83" },
      pinPolicy: "once",
      touchPolicy: "cached",
      deleteKeys: true,
      attestationRootPem: await issueRoot(),
    });
    const declared = await declaredBy({ keys, algorithm: "ECDSA_P384" });
    const { "ca-root-yubikey": device } = inputsOf(declared, "YubiKey");
    assert.equal(device?.["serial"], 22);
    const { "ca-root-key": root, "ca-intermediate-key": intermediate } = inputsOf(declared, "PivKey");
    assert.deepEqual([root?.["slot"], root?.["use"], root?.["kms"]], ["82", "overwrite", "yubikey:serial=22"]);
    assert.deepEqual([intermediate?.["slot"], intermediate?.["use"]], ["83", "adopt"]);
    const { algorithm, pinPolicy, touchPolicy, deleteKey, attestationRootPem } = root ?? {};
    assert.deepEqual([algorithm, pinPolicy, touchPolicy, deleteKey], ["ECDSA_P384", "once", "cached", true]);
    assert.match(String(attestationRootPem), /^-----BEGIN CERTIFICATE-----/);
    for (const certificate of Object.values(inputsOf(declared, "PivCertificate"))) {
      assert.deepEqual([certificate["replaceOther"], certificate["deleteCertificate"]], [true, true]);
    }
  });

  void it("include slots of SSH keys, which have no certificates to store", async () => {
    const keys = new PivKeys({ slots: SSH_SLOTS });
    const declared = await declaredBy({ keys, ssh: true, algorithm: "ECDSA_P256" });
    const [device] = Object.values(inputsOf(declared, "YubiKey"));
    assert.deepEqual(
      (device?.["slots"] as { slot: string }[]).map(({ slot }) => slot),
      ["9a", "9c", "82", "83"],
    );
    assert.equal(Object.keys(inputsOf(declared, "PivKey")).length, 4);
    assert.equal(Object.keys(inputsOf(declared, "PivCertificate")).length, 2);
  });

  void it("are only those of the root when the rest is elsewhere, without slot 9c", async () => {
    const keys = { root: new PivKeys(), intermediate: new SoftKeys({ directory: "keys" }) };
    const declared = await declaredBy({ keys, ssh: true });
    assert.deepEqual(inputsOf(declared, "YubiKey"), {
      "ca-root-yubikey": { slots: [{ slot: "9a", use: "new", owner: urnOf("ca-root-key") }] },
    });
    assert.deepEqual(Object.keys(inputsOf(declared, "PivKey")), ["ca-root-key"]);
    assert.deepEqual(Object.keys(inputsOf(declared, "PivCertificate")), ["ca-root-certificate"]);
  });

  void it("are only those of the intermediate under an existing root, without slot 9a", async () => {
    const certificatePem = await issueRoot();
    const publicKeyPem = readCertificate(certificatePem).publicKey.export({ type: "spki", format: "pem" }).toString();
    const key = { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256", publicKeyPem } as const;
    const declared = await declaredBy({ root: { certificatePem, key } });
    assert.deepEqual(inputsOf(declared, "YubiKey"), {
      "ca-intermediate-yubikey": { slots: [{ slot: "9c", use: "new", owner: urnOf("ca-intermediate-key") }] },
    });
    assert.deepEqual(Object.keys(inputsOf(declared, "PivKey")), ["ca-intermediate-key"]);
    assert.deepEqual(Object.keys(inputsOf(declared, "PivCertificate")), ["ca-intermediate-certificate"]);
  });

  for (const [what, args] of Object.entries({
    "a slot that is none": { keys: new PivKeys({ slots: { root: "9b" as never } }) },
    "SSH keys without slots": { ssh: true },
    "an algorithm that no YubiKey has": { algorithm: "ECDSA_P521" as const },
  })) {
    void it(`are not declared with ${what}`, async () => {
      await assert.rejects(declaredBy(args), withCode("INPUT_INVALID", /Nothing was made/));
    });
  }
});
