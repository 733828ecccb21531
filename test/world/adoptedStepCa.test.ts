// It must come first.
import { cloudWorld } from "./cloudWorld";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { adoptsRunningCa } from "../engine/adoptsRunningCa";
import { makeCaInCard } from "../engine/cardCa";
import { cloudkmsInit, stepCaInit } from "../engine/initTools";
import { KeyFileStack } from "../engine/keyFileStack";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { makeCaInToken, TOKEN_ROOT } from "../engine/tokenCa";
import { PIN, YubiKeyStack } from "../engine/yubiKeyStack";
import { missingSoftHsm } from "../pkcs11/token";
import { shellBlock } from "../documentation/shellBlocks";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

const TOOLS = ["step-ca", "step", "openssl"];

adoptsRunningCa({
  name: "step ca init without SSH keys, whose root's key is offline",
  skip: missing(...TOOLS),
  start: async () => KeyFileStack.over(await WorldProject.rootStack()),
  make: ({ project }, folder, address) => {
    const made = stepCaInit(project, folder, address, false);
    renameSync(join(folder, "secrets", "root_ca_key"), join(project.scratch, "offline.key"));
    return Promise.resolve(made);
  },
  documented,
  // In this process, the command renames a file of its own.
  makesOrSigns: /^(?:sign|generateKeyPair|link|unlink)$/,
});

adoptsRunningCa({
  name: "step-cloudkms-init",
  skip: missing(...TOOLS, "step-cloudkms-init"),
  start: () => cloudWorld(),
  make: cloudkmsInit,
  documented,
  makesOrSigns: /^(?:Create|Update|AsymmetricSign)/,
});

// step-yubikey-init makes its keys in the device and asks for their attestations, which the software card does not have.
adoptsRunningCa({
  name: "yubico-piv-tool, OpenSC and openssl, as step-yubikey-init makes it",
  skip: missing(...TOOLS, "pcscd", "piv-card", "pkcs11-tool"),
  async start() {
    const stack = await YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey" }));
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
  skip: missingSoftHsm(...TOOLS, "cc"),
  start: async () => Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11" })),
  make: (stack, folder) => Promise.resolve(makeCaInToken(stack, folder)),
  options: TOKEN_ROOT,
  documented,
  makesOrSigns: /^C_(?:Generate|Sign|CreateObject|SetAttribute|DestroyObject)/,
});
