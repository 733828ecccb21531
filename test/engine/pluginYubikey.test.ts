import { missing } from "../tools";
import { servesYamlAuthority } from "./authorityInYaml";
import { YubiKeyStack } from "./yubiKeyStack";

servesYamlAuthority({
  name: "a YubiKey",
  skip: missing("pulumi", "pulumi-language-yaml", "pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"),
  start: (project) => YubiKeyStack.over(project),
  keys: () => ({ yubikey: { slots: { root: ["9a"], intermediate: ["9c", "83", "84"] } } }),
});
