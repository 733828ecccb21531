import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { rotatesKms } from "./rotatesKms";
import { WorldProject } from "./worldProject";

rotatesKms({
  name: "AWS KMS",
  skip: missing("ministack", "openssl"),
  start: async (config) =>
    AwsStack.over(await WorldProject.rootStack({ "kms-pki:kms": "awskms", "kms-pki:aliasPrefix": "pki", ...config })),
  beside: (stack) => stack.aliases(),
  deleted: async (stack) => (await stack.keys()).filter(({ KeyState }) => KeyState === "PendingDeletion").length,
  sign: "Sign",
  keyResource: /aws:kms\/key:Key::ca-root-g1-key$/,
});
