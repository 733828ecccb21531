import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { adoptsCa, leaveCa } from "./adoptsCa";
import { WorldProject } from "./worldProject";

adoptsCa({
  name: "a YubiKey",
  skip: missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"),
  start: async () => YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey" })),
  makeCa: (stack) => leaveCa(stack, (uri) => /slot-id=(\w\w)/.exec(uri)?.[1] ?? ""),
  // This firmware does not report its keys, so the key in an adopted slot is proved by a signature that is thrown away.
  writes: /^(?:GENERATE|PUT DATA|IMPORT)/,
});
