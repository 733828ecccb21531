import { describe } from "node:test";
import { Certificate, CertificateAuthority } from "../../provider";
import {
  Pkcs11Certificate,
  type Pkcs11CertificateArgs,
  Pkcs11Key,
  type Pkcs11KeyArgs,
  Pkcs11Keys,
  type Pkcs11KeysArgs,
} from "../../provider/kms/pkcs11/program";
import { missingSoftHsm, PIN, SOFTHSM, softHsm } from "../pkcs11/token";
import { type Examples, type TriedStack, triesAllInputs } from "./inputForms";
import { WorldProject } from "./worldProject";

const skip = missingSoftHsm("openssl");
const PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const KMS = `pkcs11:module-path=${SOFTHSM};token=ca`;

/** A project with its own token. */
async function start(): Promise<TriedStack> {
  const project = await WorldProject.program("");
  project.setEnvironment({ ...softHsm("ca").environment, KMS_PKI_TOKEN_PIN: PIN });
  return {
    project,
    stop: () => {
      project.remove();
      return Promise.resolve();
    },
  };
}

const KEYS: Examples<Pkcs11KeysArgs> = {
  modulePath: { value: SOFTHSM, wrong: { value: "", code: "INPUT_INVALID", property: "keys.modulePath" } },
  stepCaModulePath: {
    value: "/p11.so",
    wrong: { value: "", code: "INPUT_INVALID", property: "keys.stepCaModulePath" },
  },
  token: { value: "ca" },
  serial: { value: undefined, wrong: { value: "1a2b", code: "INPUT_INVALID", property: "keys.token" } },
  slotId: { value: undefined, wrong: { value: 5, code: "INPUT_INVALID", property: "keys.token" } },
  labelPrefix: { value: "prod", wrong: { value: "a b", code: "INPUT_INVALID", property: "keys.labelPrefix" } },
  storeCertificates: { value: undefined, isKnownToBeGiven: true, isResource: true },
  adopt: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "pkcs11:object=x" }, code: "INPUT_INVALID", property: "keys.adopt.root" },
  },
  deleteKeys: { value: true },
};

void describe("The settings of Pkcs11Keys", { skip }, () => {
  triesAllInputs<Pkcs11KeysArgs>({
    ...{ examples: KEYS, base: { modulePath: SOFTHSM, token: "ca" }, start },
    declare: (args) => ({
      caConfig: new CertificateAuthority("ca", { keys: new Pkcs11Keys(args), ssh: false }).caConfig,
    }),
  });
});

const KEY: Examples<Pkcs11KeyArgs> = {
  kms: {
    ...{ value: KMS, isKnownToBeGiven: true },
    wrong: { value: "pkcs11:token=ca?pin-value=1", code: "INPUT_INVALID", property: "" },
  },
  label: { value: "other", wrong: { value: "a b", code: "INPUT_INVALID", property: "label" } },
  algorithm: { value: "ECDSA_P384", wrong: { value: "DSA", code: "ALGORITHM_UNSUPPORTED", property: "algorithm" } },
  adopt: { value: undefined, wrong: { value: "pkcs11:object=x", code: "INPUT_INVALID", property: "adopt" } },
  deleteKey: { value: true },
  authorityId: { value: "0123456789abcdef0123456789abcdef" },
  formerOwners: { value: ["urn:pulumi:test::acme::former"] },
};

void describe("The arguments of a Pkcs11Key", { skip }, () => {
  triesAllInputs<Pkcs11KeyArgs>({
    ...{ examples: KEY, base: { kms: KMS }, start },
    declare: (args) => ({ key: new Pkcs11Key("key", args).publicKeyPem }),
  });
});

const CERTIFICATE: Examples<Pkcs11CertificateArgs> = {
  key: { value: undefined, isKnownToBeGiven: true, isResource: true },
  certificatePem: {
    ...{ value: undefined, isKnownToBeGiven: true },
    wrong: { value: PRIVATE_KEY, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  replaceOther: { value: true },
  deleteCertificate: { value: true },
};

void describe("The arguments of a Pkcs11Certificate", { skip }, () => {
  triesAllInputs<Partial<Pkcs11CertificateArgs>>({
    ...{ examples: CERTIFICATE, base: {}, start },
    declare: ({ certificatePem, ...args }) => {
      const key = new Pkcs11Key("key", { kms: KMS });
      const root = new Certificate("root", { key, subject: { commonName: "Root" } });
      const given = { ...args, key, certificatePem: certificatePem ?? root.certificatePem };
      return { status: new Pkcs11Certificate("certificate", given).status };
    },
  });
});
