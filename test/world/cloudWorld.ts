// It must come first.
import { TRUSTED_ROOTS } from "../cloudkms/trustedRoots";
import { copyFileSync } from "node:fs";
import type { CloudKmsOptions } from "../cloudkms/cloudKmsServer";
import { CloudStack } from "../cloudkms/cloudStack";
import { WorldProject } from "./worldProject";

/**
 * The root stack in this process, with its keys in a fake Cloud KMS. Only one per test file may call it, because gRPC reads its
 * trusted roots only once.
 */
export async function cloudWorld(
  config: Readonly<Record<string, string>> = {},
  options: CloudKmsOptions = {},
): Promise<CloudStack<WorldProject>> {
  const project = await WorldProject.rootStack({ "kms-pki:kms": "cloudkms", ...config });
  const stack = await CloudStack.over(project, options);
  copyFileSync(stack.proxy.caFile, TRUSTED_ROOTS);
  return stack;
}
