import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { answersOn, EXTERNAL } from "./answersOn";
import { WorldProject } from "./worldProject";

answersOn({
  name: "a YubiKey",
  skip: missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl"),
  start: async () => {
    const slots = { "kms-pki:intermediateSlot": "9c,85" };
    return YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey", ...slots, ...EXTERNAL }));
  },
  sign: "SIGN",
  // This firmware reports no keys. The program and the provider each ask a free slot for a signature, which it refuses.
  asksPerKey: 2,
});
