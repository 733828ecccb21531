import { resourceType } from "../../provider/kms/resourceType";
import { missingSoftHsm } from "../pkcs11/token";
import { killedReissue } from "./killedChanges";
import { Pkcs11Stack } from "./pkcs11Stack";
import { type KilledOn, survivesKills } from "./survivesKills";

const TOKEN: KilledOn = {
  name: "a PKCS#11 token",
  skip: missingSoftHsm("pulumi", "cc"),
  start: () => Pkcs11Stack.rootStack({ "kms-pki:storeCertificates": "true" }),
  keyType: resourceType("Pkcs11Key"),
  keys: 4,
  resources: 12,
};

// Once its engine is gone, the process of the module still makes some or all of the other keys, so a stack has one such kill.
survivesKills(
  TOKEN,
  {
    moments: ["C_GenerateKeyPair:1:before", "C_Sign:1:before", "C_Sign:2:before"],
    changes: [killedReissue("C_Sign")],
  },
  { moments: ["C_GenerateKeyPair:4:after", "C_Sign:2:after"] },
);
