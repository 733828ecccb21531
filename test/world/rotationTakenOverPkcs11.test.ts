import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { makeCaInToken, TOKEN_ROOT } from "../engine/tokenCa";
import { missingSoftHsm } from "../pkcs11/token";
import { rotatesTakenOver } from "./rotatesTakenOver";
import { WorldProject } from "./worldProject";

rotatesTakenOver({
  name: "step and pkcs11-tool",
  skip: missingSoftHsm("step", "openssl", "cc"),
  start: async () => Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11" })),
  make: (stack, folder) => Promise.resolve(makeCaInToken(stack, folder)),
  options: TOKEN_ROOT,
  sign: "C_Sign",
});
