import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { runtime } from "@pulumi/pulumi";
import { type KeyRole, type KeySource, type KeySources, ExistingKey } from "../../provider";
import type { ErrorCode } from "../../provider/errors";
import { describeProblem } from "../../provider/words/problem";
import { isSshDefault, stackKeys } from "../../stack/keySources";
import { setEnvironment } from "../fixtures/environment";
import { withCode } from "../fixtures/withCode";
import { setStackConfig } from "./stackConfig";

before(() => {
  setEnvironment({ KMS_PKI_PIN: "74839201", KMS_PKI_PASSPHRASE: "correct-horse-battery-staple" });
});

/** Where the keys of a stack come from, by the type of step-ca's `kms` block. */
function typesOf({ root, intermediate, ssh }: KeySources): (string | undefined)[] {
  return [root, intermediate, ssh].map((source) => source && (source.kms as { type: string }).type);
}

function sourcesOf(settings: Readonly<Record<string, unknown>>): KeySources {
  setStackConfig(settings);
  return stackKeys().keys;
}

/** A source's problems with its roles, except for missing packages. */
function problemsOf(source: KeySource | undefined, roles: readonly KeyRole[]): string[] {
  return (source ?? assert.fail())
    .problems("ECDSA_P256", roles)
    .filter(({ code }) => code !== "BACKEND_NOT_INSTALLED")
    .map((problem) => `${problem.property}: ${describeProblem(problem)}`);
}

void describe("The key sources of a stack", () => {
  const chosen: readonly { settings: object; types: readonly (string | undefined)[]; ssh: boolean }[] = [
    { settings: {}, types: ["softkms", "softkms", undefined], ssh: true },
    { settings: { kms: "yubikey" }, types: ["yubikey", "yubikey", undefined], ssh: false },
    { settings: { kms: "yubikey", rootKms: "yubikey" }, types: ["yubikey", "yubikey", undefined], ssh: false },
    { settings: { kms: "awskms", rootKms: "yubikey" }, types: ["yubikey", "awskms", undefined], ssh: true },
    { settings: { kms: "cloudkms", rootKms: "yubikey" }, types: ["yubikey", "cloudkms", undefined], ssh: true },
    { settings: { kms: "yubikey", rootKms: "softkms" }, types: ["softkms", "yubikey", undefined], ssh: false },
    { settings: { kms: "yubikey", rootOnly: true }, types: ["yubikey", "softkms", undefined], ssh: true },
    { settings: { kms: "pkcs11", token: "ca" }, types: ["pkcs11", "pkcs11", undefined], ssh: true },
    { settings: { kms: "awskms", rootKms: "pkcs11", slotId: "5" }, types: ["pkcs11", "awskms", undefined], ssh: true },
  ];
  for (const { settings, types, ssh } of chosen) {
    void it(`with ${JSON.stringify(settings)} are ${types.join()}, ${ssh ? "with" : "without"} SSH keys by default`, () => {
      assert.deepEqual(typesOf(sourcesOf({ ...settings })), types);
      assert.equal(isSshDefault(), ssh);
    });
  }

  const refused: readonly { settings: object; code: ErrorCode; message: RegExp }[] = [
    {
      settings: { kms: "yubikeys" },
      code: "CONFIG_INVALID",
      message: /kms-pki:kms is "yubikeys".*softkms, awskms, cloudkms, yubikey/,
    },
    { settings: { kms: "toString" }, code: "CONFIG_INVALID", message: /kms-pki:kms is "toString"/ },
    { settings: { rootKms: "azurekms" }, code: "CONFIG_INVALID", message: /kms-pki:rootKms is "azurekms"/ },
    {
      settings: { kms: "awskms", rootOnly: true },
      code: "CONFIG_INVALID",
      message: /rootOnly requires kms-pki:kms yubikey.*rootKms/,
    },
    {
      settings: { kms: "awskms", rootRegion: "eu-west" },
      code: "CONFIG_INVALID",
      message: /kms-pki:rootRegion is "eu-west", which is not an AWS region/,
    },
    { settings: { kms: "pkcs11", slotId: "0x5" }, code: "CONFIG_INVALID", message: /kms-pki:slotId is "0x5"/ },
    ...["abc", "0x10", "-1", "1.5", "1e7", " 1"].map((serial) => ({
      settings: { kms: "yubikey", serial },
      code: "CONFIG_INVALID" as const,
      message: new RegExp(`kms-pki:serial is "${serial}", which is not a serial number`),
    })),
    {
      settings: { kms: "yubikey", attestationRootFile: "absent.pem" },
      code: "FILE_UNUSABLE",
      message: /kms-pki:attestationRootFile "absent.pem" cannot be read/,
    },
    { settings: { kms: "yubikey", attestationRootFile: __filename }, code: "INPUT_INVALID", message: /holds no PEM/ },
    {
      settings: { kms: "awskms", keyPolicyFile: __filename },
      code: "CONFIG_INVALID",
      message: /keyPolicyFile is not JSON/,
    },
  ];
  for (const { settings, code, message } of refused) {
    void it(`are refused with ${JSON.stringify(settings)}`, () => {
      assert.throws(() => sourcesOf({ ...settings }), withCode(code, message));
    });
  }
});

void describe("The YubiKey of a stack", () => {
  const X509: readonly KeyRole[] = ["root", "intermediate"];
  const settings: readonly { settings: object; roles?: readonly KeyRole[]; problems?: readonly RegExp[] }[] = [
    { settings: {} },
    { settings: { serial: "12345678", pinPolicy: "once", touchPolicy: "cached", deleteKeys: true } },
    { settings: { rootSlot: "82", intermediateSlot: "83", overwrite: ["82"], adopt: { intermediate: "83" } } },
    { settings: { rootSlot: "82", overwrite: [82], adopt: { intermediate: "9c" } } }, // Pulumi reads 82 as a number
    { settings: { sshUserSlot: "82", sshHostSlot: "83" }, roles: [...X509, "ssh-user-key", "ssh-host-key"] },
    { settings: {}, roles: [...X509, "ssh-user-key", "ssh-host-key"], problems: [/^ssh: .*have no slots by default/] },
    { settings: { rootSlot: "9z" }, problems: [/^keys\.slots\.root: .*"9z" is not a slot/] },
    { settings: { intermediateSlot: "9a" }, problems: [/^keys\.slots\.intermediate: .*9a is also the slot of root/] },
    { settings: { overwrite: ["84"] }, problems: [/^keys\.overwrite: .*"84" is not the slot of any key/] },
    { settings: { adopt: { root: "9c" } }, problems: [/^keys\.adopt\.root: /] },
    {
      settings: { adopt: { leaf: "9c" } },
      problems: [/^keys\.adopt\.leaf: .*"leaf" is not a key/, /^keys\.adopt\.leaf: /],
    },
    { settings: { pinPolicy: "sometimes" }, problems: [/^keys\.pinPolicy: /] },
    { settings: { touchPolicy: "sometimes" }, problems: [/^keys\.touchPolicy: /] },
  ];
  for (const { settings: given, roles = X509, problems = [] } of settings) {
    void it(`with ${JSON.stringify(given)} is ${problems.length === 0 ? "accepted" : "refused"}`, () => {
      const found = problemsOf(sourcesOf({ kms: "yubikey", ...given }).intermediate, roles);
      assert.equal(found.length, problems.length, found.join("\n"));
      problems.forEach((problem, index) => {
        assert.match(found[index] ?? "", problem);
      });
    });
  }

  void it("is named in ca.json by its serial number if one is set", () => {
    const kms = (given: object): unknown => {
      const { pin: _, ...rest } = sourcesOf({ kms: "yubikey", ...given }).intermediate.kms as Record<string, unknown>;
      return rest;
    };
    assert.deepEqual(kms({}), { type: "yubikey" });
    assert.deepEqual(kms({ serial: "00012345" }), { type: "yubikey", uri: "yubikey:serial=12345" });
  });

  void it("has only the settings of the root when the other keys are elsewhere", () => {
    const both = {
      adopt: { root: "9a", intermediate: "1234abcd-12ab-34cd-56ef-1234567890ab" },
      intermediateSlot: "9a",
    };
    const { root, intermediate } = sourcesOf({ kms: "awskms", rootKms: "yubikey", ...both });
    assert.deepEqual(problemsOf(root, ["root"]), []);
    assert.deepEqual(problemsOf(intermediate, ["intermediate"]), []);
    const overwriting = sourcesOf({ kms: "yubikey", rootOnly: true, overwrite: ["9c"] });
    const [problem] = problemsOf(overwriting.root, ["root"]);
    assert.match(problem ?? "", /"9c" is not the slot of any key of this authority\. Name one of 9a\./);
  });
});

void describe("The outputs of a stack", () => {
  const policies: readonly { settings: object; output: string }[] = [
    { settings: { kms: "awskms" }, output: "operatorIamPolicy" },
    { settings: { kms: "awskms", rootProfile: "root" }, output: "rootOperatorIamPolicy" },
    { settings: { kms: "softkms" }, output: "operatorIamPolicy" },
  ];
  for (const { settings, output } of policies) {
    void it(`allow the AWS key of an existing root in ${output} with ${JSON.stringify(settings)}`, async () => {
      const newResource = ({ inputs }: runtime.MockResourceArgs): { id: string; state: object } => ({
        id: "key",
        state: { resourceName: "arn:of:root", ...(inputs as object) },
      });
      await runtime.setMocks({ newResource, call: () => ({}) }, "acme", "prod");
      setStackConfig({ ...settings, rootKey: "alias/root" });
      const outputs = stackKeys().outputs(new ExistingKey("root-key", { uri: "alias/root" }));
      assert.match(
        JSON.stringify(await new Promise((resolve) => outputs[output]?.apply(resolve))),
        /"Sid":"UseExistingKeys".*"Resource":\["arn:of:root"\]/,
      );
    });
  }
});
