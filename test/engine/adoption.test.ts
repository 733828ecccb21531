import { AwsStack } from "../awskms/awsStack";
import { shellBlock } from "../documentation/shellBlocks";
import { missing } from "../tools";
import { adoptsRunningCa } from "./adoptsRunningCa";
import { awskmsInit, stepCaInit } from "./initTools";
import { KeyFileStack } from "./keyFileStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

const TOOLS = ["pulumi", "step-ca", "step", "openssl"];

adoptsRunningCa({
  name: "step ca init with SSH keys",
  skip: missing(...TOOLS),
  start: () => KeyFileStack.rootStack(),
  make: ({ project }, folder, address) => Promise.resolve(stepCaInit(project, folder, address, true)),
  documented,
  makesOrSigns: /^(?:sign|generateKeyPair|link|rename|unlink)$/,
});

adoptsRunningCa({
  name: "step-awskms-init",
  skip: missing(...TOOLS, "ministack", "step-awskms-init"),
  start: () => AwsStack.rootStack(),
  make: awskmsInit,
  documented,
  makesOrSigns: /^(?:CreateKey|Sign|TagResource|CreateAlias|UpdateKeyDescription)$/,
});
