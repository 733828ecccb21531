import { CloudStack, KEY_TYPE } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { type KilledOn, survivesKills } from "./survivesKills";

const CLOUD_KMS: KilledOn = {
  name: "Cloud KMS",
  skip: missing("pulumi", "openssl"),
  start: () =>
    CloudStack.rootStack({
      "kms-pki:stepCaMember": "serviceAccount:step-ca@example.iam.gserviceaccount.com",
      "kms-pki:labels.team": "security",
    }),
  keyType: KEY_TYPE,
  keys: 4,
  resources: 25,
};

// Our own code calls every cloud in the same way, so AWS KMS covers every moment.
survivesKills(CLOUD_KMS, ["GetPublicKey:4:after", "AsymmetricSign:1:after", "AsymmetricSign:2:after"]);
survivesKills(CLOUD_KMS, ["plugin:SetIamPolicy:1"]);
survivesCutOffPlugins(CLOUD_KMS, "CreateCryptoKeyVersion", [1, 4]);
