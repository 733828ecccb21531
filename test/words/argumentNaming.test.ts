import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { argumentNaming, forgetArgumentNaming, nameArgumentsBy } from "../../provider/words/argumentNaming";
import { SETTING_NAMING } from "../../stack/argumentSettings";
import { setStackConfig } from "../stack/stackConfig";

void describe("The name of an argument in a message", () => {
  afterEach(forgetArgumentNaming);

  const cases: readonly {
    path: string;
    kms?: string;
    rootKms?: string;
    setting: string;
    value?: string | boolean;
    given?: string;
    set?: string;
  }[] = [
    { path: "dnsNames[0]", setting: "dnsNames[0]" },
    { path: "root.subject.commonName", setting: "rootCommonName" },
    { path: "root.validity", setting: "rootValidity" },
    { path: "root.key.uri", setting: "rootKey.uri" },
    { path: "rotation.root.every", setting: "rotation.root.every" },
    { path: "keys.directory", setting: "directory" },
    { path: "keys.policy", kms: "awskms", setting: "keyPolicyFile" },
    { path: "keys.slots.root", kms: "yubikey", setting: "rootSlot" },
    { path: "keys.slots.root", kms: "awskms", rootKms: "yubikey", setting: "rootSlot" },
    { path: "keys.protectionLevel.root", kms: "cloudkms", setting: "protectionLevels.root" },
    {
      ...{ path: "deletionProtection", setting: "deletionProtection", value: false },
      ...{ given: "deletionProtection: false", set: "pulumi config set kms-pki:deletionProtection false" },
    },
    {
      ...{ path: "keys.adopt.ssh-user-key", setting: "adopt.ssh-user-key", value: "ID" },
      ...{ given: 'adopt: { "ssh-user-key": "ID" }', set: "pulumi config set --path 'kms-pki:adopt.ssh-user-key' ID" },
    },
    {
      ...{ path: "keys.newKeys[0]", setting: "newKeys[0]", value: "root" },
      ...{ given: 'newKeys: ["root"]', set: "pulumi config set --path 'kms-pki:newKeys[0]' root" },
    },
    {
      ...{ path: "keys.existing.cryptoKeys.root", setting: "existing.cryptoKeys.root", value: true },
      ...{ given: 'existing: { "cryptoKeys": { "root": true } }' },
      ...{ set: "pulumi config set --path 'kms-pki:existing.cryptoKeys.root' true" },
    },
  ];
  for (const { path, kms = "softkms", rootKms = "", setting, value, given, set } of cases) {
    void it(`is ${path} in a program, and kms-pki:${setting} in the root stack with ${kms} ${rootKms}`, () => {
      setStackConfig({ kms, rootKms });
      assert.equal(argumentNaming().name(path), path);
      if (value !== undefined) {
        assert.equal(argumentNaming().assignment(path, value), given);
      }
      nameArgumentsBy(SETTING_NAMING);
      assert.equal(argumentNaming().name(path), `kms-pki:${setting}`);
      if (value !== undefined) {
        assert.equal(argumentNaming().assignment(path, value), set);
      }
    });
  }

  void it("is in the remedy that gives its fields, as they are in a program and as commands for the root stack", () => {
    const facts = { pathLength: 1, notBefore: "2026-01-01T00:00:00Z", notAfter: undefined };
    const path = "rotation.existingRoot";
    assert.equal(
      argumentNaming().remedyOf(path, facts),
      `Set rotation.existingRoot = {"pathLength":1,"notBefore":"2026-01-01T00:00:00Z"}`,
    );
    nameArgumentsBy(SETTING_NAMING);
    assert.equal(
      argumentNaming().remedyOf(path, facts),
      "Run: pulumi config set --path 'kms-pki:rotation.existingRoot.pathLength' 1 && " +
        "pulumi config set --path 'kms-pki:rotation.existingRoot.notBefore' 2026-01-01T00:00:00Z",
    );
  });
});
