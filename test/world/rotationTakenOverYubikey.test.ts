import { makeCaInCard } from "../engine/cardCa";
import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missing } from "../tools";
import { rotatesTakenOver } from "./rotatesTakenOver";
import { WorldProject } from "./worldProject";

rotatesTakenOver({
  name: "yubico-piv-tool, OpenSC and openssl",
  skip: missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "pkcs11-tool", "openssl"),
  start: async () => YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey" })),
  make: makeCaInCard,
  places: { rootSlot: "9a,82", intermediateSlot: "9c,85" },
  sign: "SIGN",
  proofs: 2,
});
