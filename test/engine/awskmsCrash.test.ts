import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { type PluginKilledOn, survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { survivesKilledLists } from "./survivesKilledLists";
import { survivesKills, survivesOneKillAfterAnother } from "./survivesKills";

const AWS_KMS: PluginKilledOn = {
  name: "AWS KMS",
  skip: missing("pulumi", "ministack"),
  start: () => AwsStack.rootStack({ "kms-pki:aliasPrefix": "pki", "kms-pki:tags.team": "security" }),
  // The others come one after another.
  moments: ["GetPublicKey:4:after", "Sign:2:after"],
  keyType: "aws:kms/key:Key",
  keys: 4,
  create: "CreateKey",
  beside: { create: "CreateAlias", type: "aws:kms/alias:Alias", number: 4 },
  resources: 18,
};

survivesKills(AWS_KMS);
survivesCutOffPlugins(AWS_KMS);
survivesOneKillAfterAnother(
  AWS_KMS,
  ["GetPublicKey:4:before", "GetPublicKey:1:before", "GetPublicKey:1:after"],
  "Sign",
);
survivesKilledLists({ ...AWS_KMS, start: () => AwsStack.rootStack({ "kms-pki:ssh": "false" }) }, "Sign");
