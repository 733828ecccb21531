import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { survivesKills } from "./survivesKills";

survivesKills({
  name: "AWS KMS",
  skip: missing("pulumi", "ministack"),
  start: () => AwsStack.rootStack(),
  sign: "Sign",
  keyType: "aws:kms/key:Key",
  create: "CreateKey",
  resources: 14,
});
