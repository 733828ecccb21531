import { resourceType } from "../../provider/kms/resourceType";
import { missingSoftHsm } from "../pkcs11/token";
import { Pkcs11Stack } from "./pkcs11Stack";
import { type KilledOn, survivesKills, survivesOneKillAfterAnother } from "./survivesKills";

const TOKEN: KilledOn = {
  name: "a PKCS#11 token",
  skip: missingSoftHsm("pulumi", "cc"),
  start: () => Pkcs11Stack.rootStack({ "kms-pki:storeCertificates": "true" }),
  // The others come one after another.
  moments: ["C_GenerateKeyPair:1:before", "C_GenerateKeyPair:4:after", "C_Sign:2:after"],
  keyType: resourceType("Pkcs11Key"),
  keys: 4,
  resources: 12,
};

survivesKills(TOKEN);
survivesOneKillAfterAnother(TOKEN, ["C_GenerateKeyPair:2:before"], "C_Sign");
