import { AwsStack, KEY_TYPE } from "../awskms/awsStack";
import { missing } from "../tools";
import { survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { type KilledOn, survivesKills } from "./survivesKills";

const SETTINGS = { "kms-pki:tags.team": "security" };
const ALIAS_PREFIX = { setting: "kms-pki:aliasPrefix", value: "pki" };

const AWS_KMS: KilledOn = {
  name: "AWS KMS",
  skip: missing("pulumi", "ministack"),
  start: () => AwsStack.rootStack(SETTINGS),
  keyType: KEY_TYPE,
  keys: 4,
  resources: 18,
};

// The intermediate is signed after the root is recorded. The plugin names the keys once they are all there.
survivesKills(AWS_KMS, {
  moments: [
    ...["GetPublicKey:4:after", "GetPublicKey:1:before", "Sign:1:before", "Sign:1:after", "Sign:2:after"],
    { ...ALIAS_PREFIX, moment: "plugin:CreateAlias:1" },
  ],
});
survivesCutOffPlugins(
  { ...AWS_KMS, start: () => AwsStack.rootStack({ ...SETTINGS, [ALIAS_PREFIX.setting]: ALIAS_PREFIX.value }) },
  "CreateKey",
  4,
);
