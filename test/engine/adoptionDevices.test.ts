import { missingSoftHsm } from "../pkcs11/token";
import { missing } from "../tools";
import { shellBlock } from "../documentation/shellBlocks";
import { adoptsRunningCa } from "./adoptsRunningCa";
import { makeCaInCard } from "./cardCa";
import { Pkcs11Stack } from "./pkcs11Stack";
import { makeCaInToken, TOKEN_ROOT } from "./tokenCa";
import { PIN, YubiKeyStack } from "./yubiKeyStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

// step-yubikey-init makes its keys in the device and asks for their attestations, which the software card does not have.
adoptsRunningCa({
  name: "yubico-piv-tool, OpenSC and openssl, as step-yubikey-init makes it",
  skip: missing("pulumi", "pcscd", "piv-card", "pkcs11-tool", "step-ca", "step", "openssl"),
  async start() {
    const stack = await YubiKeyStack.rootStack();
    stack.project.setEnvironment({ KMS_PKI_PIN_FILE: "", KMS_PKI_PIN: PIN });
    return stack;
  },
  make: makeCaInCard,
  documented,
  makesOrSigns: /^(?:GENERATE|SIGN|PUT DATA|MOVE KEY)/,
  proofs: 2,
});

adoptsRunningCa({
  name: "step and pkcs11-tool",
  skip: missingSoftHsm("pulumi", "step-ca", "step", "openssl", "cc"),
  start: () => Pkcs11Stack.rootStack(),
  make: (stack, folder) => Promise.resolve(makeCaInToken(stack, folder)),
  options: TOKEN_ROOT,
  documented,
  makesOrSigns: /^C_(?:Generate|Sign|CreateObject|SetAttribute|DestroyObject)/,
});
