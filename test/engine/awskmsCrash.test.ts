import { AwsStack, KEY_TYPE } from "../awskms/awsStack";
import { missing } from "../tools";
import { FIRST_DAY, killedLists } from "./killedChanges";
import { survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { type KilledOn, survivesKills } from "./survivesKills";

const AWS_KMS: KilledOn = {
  name: "AWS KMS",
  skip: missing("pulumi", "ministack"),
  start: async () => {
    const stack = await AwsStack.rootStack({ "kms-pki:aliasPrefix": "pki", "kms-pki:tags.team": "security" });
    stack.project.setEnvironment(FIRST_DAY);
    return stack;
  },
  keyType: KEY_TYPE,
  keys: 4,
  resources: 18,
};

// The root, and the intermediate after the root is recorded, are cut off on either side of their signature.
survivesKills(
  AWS_KMS,
  ["GetPublicKey:4:after", "GetPublicKey:1:before", "Sign:1:before", "Sign:1:after", "Sign:2:before", "Sign:1:after"],
  [killedLists("Sign")],
);
survivesKills(AWS_KMS, ["plugin:CreateAlias:1"]);
survivesCutOffPlugins(AWS_KMS, "CreateKey", [1, 4]);
