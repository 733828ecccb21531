import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";
import { YubiKeyStack } from "./yubiKeyStack";

const config = { "kms-pki:ssh": "true", "kms-pki:sshUserSlot": "82", "kms-pki:sshHostSlot": "83" };

runsStepCa({
  name: "a YubiKey",
  skip: missing("pulumi", "pcscd", "piv-card", "opensc-tool", "step-ca", "step", "openssl", "ssh-keygen"),
  config,
  start: (address) => YubiKeyStack.rootStack({ ...address, ...config }),
});
