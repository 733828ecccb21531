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
  // Our own code calls every cloud in the same way, so AWS KMS covers every moment.
  moments: ["GetPublicKey:4:after", "AsymmetricSign:1:after"],
  keyType: "gcp:kms/cryptoKeyVersion:CryptoKeyVersion",
  keys: 4,
  create: "CreateCryptoKeyVersion",
  beside: { create: "SetIamPolicy", type: "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", number: 6 },
  resources: 25,
};

survivesKills(CLOUD_KMS);
survivesCutOffPlugins(CLOUD_KMS);
