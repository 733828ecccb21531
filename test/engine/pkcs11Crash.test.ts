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

survivesKills(
  TOKEN,
  [
    ...["C_GenerateKeyPair:1:before", "C_GenerateKeyPair:2:before"],
    ...["C_Sign:1:before", "C_Sign:1:after", "C_Sign:2:before", "C_Sign:1:after"],
  ],
  [killedReissue("C_Sign")],
);
// All keys are made in one run, and so are both signatures.
survivesKills(TOKEN, ["C_GenerateKeyPair:4:after", "C_Sign:2:after"]);
