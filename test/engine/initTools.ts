import { execFile } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { AWS_ENVIRONMENT, type AwsStack } from "../awskms/awsStack";
import { type CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { ConnectProxy } from "../cloudkms/connectProxy";
import { findTool, runTool } from "../tools";
import type { MadeCa, MadeKeys } from "./adoptsRunningCa";
import type { StackProject } from "./stackProject";

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

/** Has step-awskms-init make a CA with SSH keys. */
export async function awskmsInit({ ministack }: AwsStack<StackProject>, folder: string): Promise<MadeCa> {
  const service = { host: "kms.us-east-1.amazonaws.com", protocol: "http/1.1" } as const;
  const proxy = await ConnectProxy.start(ministack.endpoint, service);
  try {
    const environment = { ...AWS_ENVIRONMENT, ...proxy.environment };
    const said = await init("step-awskms-init", ["--region", "us-east-1", "--ssh"], folder, environment);
    return { folder, keys: printedKeys(said, { type: "awskms", region: "us-east-1" }) };
  } finally {
    await proxy.stop();
  }
}

/** Has step-cloudkms-init make a CA with SSH keys. */
export async function cloudkmsInit(
  { proxy, credentialsFile }: CloudStack<StackProject>,
  folder: string,
): Promise<MadeCa> {
  const args = ["--credentials-file", credentialsFile, "--project", PROJECT, "--ssh"];
  const said = await init("step-cloudkms-init", args, folder, proxy.environment);
  return { folder, keys: printedKeys(said, { type: "cloudkms", credentialsFile }) };
}

/** Has `step ca init` make a CA. Its ca.json is moved to the certificates. */
export function stepCaInit(project: StackProject, stepPath: string, address: string, ssh: boolean): MadeCa {
  mkdirSync(stepPath);
  const args = ["ca", "init", "--name", "Acme", "--dns", "localhost", "--dns", "127.0.0.1", "--address", address];
  const files = ["--provisioner", "admin", "--password-file", project.passphraseFile, ...(ssh ? ["--ssh"] : [])];
  runTool("env", [`STEPPATH=${stepPath}`, findTool("step") ?? "step", ...args, ...files]);
  // It writes absolute paths, which stay as they are.
  const folder = join(stepPath, "certs");
  renameSync(join(stepPath, "config", "ca.json"), join(folder, "ca.json"));
  return { folder, stepCaEnvironment: { STEPPATH: stepPath } };
}
