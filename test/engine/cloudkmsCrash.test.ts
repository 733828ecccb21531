import { CloudStack } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { survivesKills } from "./survivesKills";

survivesKills({
  name: "Cloud KMS",
  skip: missing("pulumi", "openssl"),
  start: () => CloudStack.rootStack(),
  sign: "AsymmetricSign",
  keyType: "gcp:kms/cryptoKeyVersion:CryptoKeyVersion",
  create: "CreateCryptoKeyVersion",
  resources: 19,
});
