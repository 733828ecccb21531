import { AwsStack } from "../awskms/awsStack";
import { CloudStack } from "../cloudkms/cloudStack";
import { shellBlock } from "../documentation/shellBlocks";
import { missing } from "../tools";
import { adoptsRunningCa } from "./adoptsRunningCa";
import { awskmsInit, cloudkmsInit, stepCaInit } from "./initTools";
import { KeyFileStack } from "./keyFileStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

const TOOLS = ["pulumi", "step-ca", "step", "openssl"];

for (const ssh of [true, false]) {
  adoptsRunningCa({
    name: `step ca init ${ssh ? "with" : "without"} SSH keys`,
    skip: missing(...TOOLS),
    start: () => KeyFileStack.rootStack(),
    make: (stack, folder, address) => Promise.resolve(stepCaInit(stack.project, folder, address, ssh)),
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
