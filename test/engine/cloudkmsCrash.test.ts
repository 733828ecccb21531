import { CloudStack } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { type PluginKilledOn, survivesCutOffPlugins } from "./survivesCutOffPlugins";
import { survivesKills } from "./survivesKills";

const CLOUD_KMS: PluginKilledOn = {
  name: "Cloud KMS",
  skip: missing("pulumi", "openssl"),
  start: () =>
    CloudStack.rootStack({
      "kms-pki:stepCaMember": "serviceAccount:step-ca@example.iam.gserviceaccount.com",
      "kms-pki:labels.team": "security",
    }),
  // Our own code calls each cloud alike: every moment is tried on AWS KMS.
  moments: ["GetPublicKey:4:after", "AsymmetricSign:1:after"],
  keyType: "gcp:kms/cryptoKeyVersion:CryptoKeyVersion",
  keys: 4,
  create: "CreateCryptoKeyVersion",
  beside: { create: "SetIamPolicy", type: "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", number: 6 },
  resources: 25,
};

survivesKills(CLOUD_KMS);
survivesCutOffPlugins(CLOUD_KMS);
