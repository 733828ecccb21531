import { describe } from "node:test";
import { Certificate, CertificateAuthority } from "../../provider";
import {
  PivCertificate,
  type PivCertificateArgs,
  YubiKey,
  type YubiKeyArgs,
  PivKey,
  type PivKeyArgs,
  PivKeys,
  type PivKeysArgs,
} from "../../provider/kms/yubikey/program";
import { CARD, YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { type Examples, type TriedStack, triesAllInputs } from "./inputForms";
import { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl");
const KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

async function start(): Promise<TriedStack> {
  const stack = await YubiKeyStack.over(await WorldProject.program(""));
  return { project: stack.project, stop: () => stack.stop() };
}

const KEYS: Examples<PivKeysArgs> = {
  serial: { value: CARD.serial, wrong: { value: -1, code: "INPUT_INVALID", property: "keys.serial" } },
  slots: {
    ...{ value: { root: "9d", intermediate: ["82"] }, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "9c" }, code: "INPUT_INVALID", property: "keys.slots.intermediate" },
  },
  pinPolicy: { value: "once", wrong: { value: "maybe", code: "INPUT_INVALID", property: "keys.pinPolicy" } },
  touchPolicy: { value: "never", wrong: { value: "maybe", code: "INPUT_INVALID", property: "keys.touchPolicy" } },
  overwrite: { value: ["9d"], wrong: { value: ["9f"], code: "INPUT_INVALID", property: "keys.overwrite" } },
  adopt: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "9e" }, code: "INPUT_INVALID", property: "keys.adopt.root" },
  },
  deleteKeys: { value: true },
  attestationRootPem: {
    value: undefined,
    wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "keys.attestationRootPem" },
  },
};

void describe("The settings of PivKeys", { skip }, () => {
  triesAllInputs<PivKeysArgs>({
    ...{ examples: KEYS, base: {}, start },
    declare: (args) => {
      const keys = new PivKeys(args);
      const { caConfig } = new CertificateAuthority("ca", { keys, ssh: false });
      return { caConfig, attestations: keys.attestations };
    },
  });
});

const KEY_ARGUMENTS: Examples<PivKeyArgs> = {
  slot: { value: "9d", isKnownToBeGiven: true, wrong: { value: "9f", code: "INPUT_INVALID", property: "slot" } },
  kms: { value: `yubikey:serial=${String(CARD.serial)}` },
  algorithm: { value: "ECDSA_P384", wrong: { value: "DSA", code: "ALGORITHM_UNSUPPORTED", property: "algorithm" } },
  pinPolicy: { value: "once", wrong: { value: "maybe", code: "INPUT_INVALID", property: "pinPolicy" } },
  touchPolicy: { value: "never", wrong: { value: "maybe", code: "INPUT_INVALID", property: "touchPolicy" } },
  use: { value: "overwrite", wrong: { value: "maybe", code: "INPUT_INVALID", property: "use" } },
  deleteKey: { value: true },
  attestationRootPem: { value: undefined, wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" } },
  authorityId: { value: "0123456789abcdef0123456789abcdef" },
  formerOwners: { value: ["urn:pulumi:test::acme::former"] },
};

void describe("The arguments of a PivKey", { skip }, () => {
  triesAllInputs<PivKeyArgs>({
    ...{ examples: KEY_ARGUMENTS, base: { slot: "9d" }, start },
    declare: (args) => ({ key: new PivKey("key", args).publicKeyPem }),
  });
});

const CERTIFICATE_ARGUMENTS: Examples<PivCertificateArgs> = {
  key: { value: undefined, isKnownToBeGiven: true, isResource: true },
  certificatePem: {
    ...{ value: undefined, isKnownToBeGiven: true },
    wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  replaceOther: { value: true },
  deleteCertificate: { value: true },
};

void describe("The arguments of a PivCertificate", { skip }, () => {
  triesAllInputs<Partial<PivCertificateArgs>>({
    ...{ examples: CERTIFICATE_ARGUMENTS, base: {}, start },
    declare: ({ certificatePem, ...args }) => {
      const key = new PivKey("key", { slot: "9d", use: "overwrite" });
      const root = new Certificate("root", { key, subject: { commonName: "Root" } });
      const given = { ...args, key, certificatePem: certificatePem ?? root.certificatePem };
      return { status: new PivCertificate("certificate", given).status };
    },
  });
});

const DEVICE_ARGUMENTS: Examples<YubiKeyArgs> = {
  serial: { value: CARD.serial, wrong: { value: -1, code: "INPUT_INVALID", property: "serial" } },
  slots: {
    value: [{ slot: "9d", use: "new", owner: "urn:pulumi:test::acme::key" }],
    wrong: { value: [{ slot: "9f", use: "new", owner: "" }], code: "INPUT_INVALID", property: "slots" },
  },
};

void describe("The arguments of a YubiKey", { skip }, () => {
  triesAllInputs<YubiKeyArgs>({
    ...{ examples: DEVICE_ARGUMENTS, base: {}, start },
    declare: (args) => ({ firmware: new YubiKey("device", args).firmware }),
  });
});
