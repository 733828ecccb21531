import { CloudStack, KEY_TYPE } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { type KilledOn, survivesKills } from "./survivesKills";

const SETTINGS = { "kms-pki:labels.team": "security" };
const MEMBER = { setting: "kms-pki:stepCaMember", value: "serviceAccount:step-ca@example.iam.gserviceaccount.com" };

const CLOUD_KMS: KilledOn = {
  name: "Cloud KMS",
  skip: missing("pulumi", "openssl"),
  start: () => CloudStack.rootStack(SETTINGS),
  keyType: KEY_TYPE,
  keys: 4,
  resources: 25,
};

// Our own code calls every cloud in the same way, so AWS KMS covers every moment.
survivesKills(CLOUD_KMS, {
  moments: [...["GetPublicKey:4:after", "AsymmetricSign:2:after"], { ...MEMBER, moment: "plugin:SetIamPolicy:1" }],
});
survivesCutOffPlugins(
  { ...CLOUD_KMS, start: () => CloudStack.rootStack({ ...SETTINGS, [MEMBER.setting]: MEMBER.value }) },
  "CreateCryptoKeyVersion",
  1,
);
