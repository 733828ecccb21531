import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { survivesKills } from "./survivesKills";

survivesKills({
  name: "AWS KMS",
  skip: missing("pulumi", "ministack"),
  start: () => AwsStack.rootStack({ "kms-pki:aliasPrefix": "pki", "kms-pki:tags.team": "security" }),
  sign: "Sign",
  keyType: "aws:kms/key:Key",
  create: "CreateKey",
  beside: { create: "CreateAlias", type: "aws:kms/alias:Alias", number: 4 },
  resources: 18,
});
