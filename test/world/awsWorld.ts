import { AwsStack } from "../awskms/awsStack";
import { WorldProject } from "./worldProject";

/** The root stack in this process, with its keys in the emulator of AWS KMS. */
export async function awsWorld(config: Readonly<Record<string, string>> = {}): Promise<AwsStack<WorldProject>> {
  return AwsStack.over(await WorldProject.rootStack({ "kms-pki:kms": "awskms", ...config }));
}
