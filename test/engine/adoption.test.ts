import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { AWS_ENVIRONMENT, AwsStack } from "../awskms/awsStack";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { ConnectProxy } from "../cloudkms/connectProxy";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findTool, missing, runTool } from "../tools";
import { shellBlock } from "../documentation/shellBlocks";
import { adoptsRunningCa, type MadeKeys } from "./adoptsRunningCa";
import { KeyFileStack } from "./keyFileStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

const TOOLS = ["pulumi", "step-ca", "step", "openssl"];

/** Runs an init tool in a folder of its own, where it puts its files. */
async function init(
  tool: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  mkdirSync(folder);
  const env = { PATH: process.env["PATH"], HOME: folder, ...environment };
  const { stdout, stderr } = await promisify(execFile)(findTool(tool) ?? tool, args, { cwd: folder, env });
  return stdout + stderr;
}

/** The keys that an init tool prints. */
function printedKeys(said: string, kms: object): MadeKeys {
  const key = (name: string): string => new RegExp(`${name}\\S* (\\S+)$`, "m").exec(said)?.[1] ?? "";
  return {
    ...{ key: key("Intermediate Key"), kms },
    ssh: { hostKey: key("SSH Host Private Key"), userKey: key("SSH User Private Key") },
  };
}

for (const ssh of [true, false]) {
  adoptsRunningCa({
    name: `step ca init ${ssh ? "with" : "without"} SSH keys`,
    skip: missing(...TOOLS),
    start: () => KeyFileStack.rootStack(),
    make: ({ project }, stepPath, address) => {
      mkdirSync(stepPath);
      const args = ["ca", "init", "--name", "Acme", "--dns", "localhost", "--dns", "127.0.0.1", "--address", address];
      const files = ["--provisioner", "admin", "--password-file", project.passphraseFile, ...(ssh ? ["--ssh"] : [])];
      runTool("env", [`STEPPATH=${stepPath}`, findTool("step") ?? "step", ...args, ...files]);
      const folder = join(stepPath, "certs");
      renameSync(join(stepPath, "config", "ca.json"), join(folder, "ca.json"));
      return Promise.resolve({ folder, stepCaEnvironment: { STEPPATH: stepPath } });
    },
    documented,
    makesOrSigns: /^(?:sign|generateKeyPair|link|rename|unlink)$/,
  });
}

adoptsRunningCa({
  name: "step-awskms-init",
  skip: missing(...TOOLS, "ministack", "step-awskms-init"),
  start: () => AwsStack.rootStack(),
  async make({ ministack }, folder) {
    const service = { host: "kms.us-east-1.amazonaws.com", protocol: "http/1.1" } as const;
    const proxy = await ConnectProxy.start(ministack.endpoint, service);
    try {
      const environment = { ...AWS_ENVIRONMENT, ...proxy.environment };
      const said = await init("step-awskms-init", ["--region", "us-east-1", "--ssh"], folder, environment);
      return { folder, keys: printedKeys(said, { type: "awskms", region: "us-east-1" }) };
    } finally {
      await proxy.stop();
    }
  },
  documented,
  makesOrSigns: /^(?:CreateKey|Sign|TagResource|CreateAlias|UpdateKeyDescription)$/,
});

adoptsRunningCa({
  name: "step-cloudkms-init",
  skip: missing(...TOOLS, "step-cloudkms-init"),
  start: () => CloudStack.rootStack(),
  async make({ proxy, credentialsFile }, folder) {
    const args = ["--credentials-file", credentialsFile, "--project", PROJECT, "--ssh"];
    const said = await init("step-cloudkms-init", args, folder, proxy.environment);
    return { folder, keys: printedKeys(said, { type: "cloudkms", credentialsFile }) };
  },
  documented,
  makesOrSigns: /^(?:Create|Update|AsymmetricSign)/,
});
