import { missingSoftHsm } from "../pkcs11/token";
import { servesYamlAuthority } from "./authorityInYaml";
import { Pkcs11Stack } from "./pkcs11Stack";

servesYamlAuthority({
  name: "a PKCS#11 token",
  skip: missingSoftHsm("pulumi", "pulumi-language-yaml", "cc"),
  start: (project) => Promise.resolve(Pkcs11Stack.over(project)),
  keys: ({ module }) => ({ pkcs11: { modulePath: module.modulePath, token: "ca" } }),
  signature: /^C_Sign$/,
});
