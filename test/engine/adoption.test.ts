import { renameSync } from "node:fs";
import { join } from "node:path";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack } from "../cloudkms/cloudStack";
import { shellBlock } from "../documentation/shellBlocks";
import { missing } from "../tools";
import { adoptsRunningCa } from "./adoptsRunningCa";
import { awskmsInit, cloudkmsInit, stepCaInit } from "./initTools";
import { KeyFileStack } from "./keyFileStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

const TOOLS = ["pulumi", "step-ca", "step", "openssl"];

for (const isWhole of [true, false]) {
  adoptsRunningCa({
    name: isWhole ? "step ca init with SSH keys" : "step ca init without SSH keys, whose root's key is offline",
    skip: missing(...TOOLS),
    start: () => KeyFileStack.rootStack(),
    make: (stack, folder, address) => {
      const made = stepCaInit(stack.project, folder, address, isWhole);
      if (!isWhole) {
        renameSync(join(folder, "secrets", "root_ca_key"), join(stack.project.scratch, "offline.key"));
      }
      return Promise.resolve(made);
    },
    documented,
    makesOrSigns: /^(?:sign|generateKeyPair|link|rename|unlink)$/,
  });
}

adoptsRunningCa({
  name: "step-awskms-init",
  skip: missing(...TOOLS, "ministack", "step-awskms-init"),
  start: () => AwsStack.rootStack(),
  make: awskmsInit,
  documented,
  makesOrSigns: /^(?:CreateKey|Sign|TagResource|CreateAlias|UpdateKeyDescription)$/,
});

adoptsRunningCa({
  name: "step-cloudkms-init",
  skip: missing(...TOOLS, "step-cloudkms-init"),
  start: () => CloudStack.rootStack(),
  make: cloudkmsInit,
  documented,
  makesOrSigns: /^(?:Create|Update|AsymmetricSign)/,
});
