import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { missingSoftHsm } from "../pkcs11/token";
import { answersOn, EXTERNAL } from "./answersOn";
import { WorldProject } from "./worldProject";

answersOn({
  name: "a PKCS#11 token",
  skip: missingSoftHsm("cc", "openssl"),
  start: async () => Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11", ...EXTERNAL })),
  sign: "C_Sign",
});
