import assert from "node:assert/strict";
import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { losesKeys } from "./losesKeys";
import { WorldProject } from "./worldProject";

/** Without a rotation, each compromised key takes one more slot. */
const SLOTS = {
  rootSlot: { part: "root", slots: ["9a", "82", "83"] },
  intermediateSlot: { part: "intermediate", slots: ["9c", "85"] },
  sshUserSlot: { part: "ssh-user", slots: ["86", "87"] },
};

losesKeys({
  name: "a YubiKey",
  skip: missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"),
  start: async () => {
    const ssh = { "kms-pki:ssh": "true", "kms-pki:sshUserSlot": "86", "kms-pki:sshHostSlot": "88" };
    return YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey", ...ssh }));
  },
  prepare: async ({ project }, compromised) => {
    for (const [setting, { part, slots }] of Object.entries(SLOTS)) {
      const lost = compromised.filter((label) => label.startsWith(part)).length;
      await project.setConfig(`kms-pki:${setting}`, slots.slice(0, lost + 1).join(","));
    }
  },
  sign: "SIGN",
  // This firmware reports no keys. The program and the provider each ask a free slot for a signature, which it refuses.
  signaturesPerKey: 2,
  checkStored: async (stack, certificates) => {
    for (const [uri, pem] of certificates) {
      const [, slot = ""] = /slot-id=(\w\w)/.exec(uri) ?? [];
      assert.equal(await stack.certificate(slot), pem.trim(), uri);
    }
  },
});
