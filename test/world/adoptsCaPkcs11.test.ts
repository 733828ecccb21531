import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { missingSoftHsm } from "../pkcs11/token";
import { adoptsCa, leaveCa } from "./adoptsCa";
import { WorldProject } from "./worldProject";

adoptsCa({
  name: "a PKCS#11 token",
  skip: missingSoftHsm("cc"),
  start: async () => {
    const settings = { "kms-pki:kms": "pkcs11", "kms-pki:storeCertificates": "true", "kms-pki:ssh": "false" };
    return Pkcs11Stack.overRootStack(await WorldProject.rootStack(settings));
  },
  makeCa: (stack) => leaveCa(stack, (uri) => uri),
  writes: /^C_(?:Sign|GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue)/,
});
