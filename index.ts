/**
 * The root stack: a certificate authority declared by config alone. `Pulumi.yaml` describes each setting.
 */
import { type Algorithm, type AuthorityListArgs, CertificateAuthority, type RotationArgs } from "./provider";
import { nameArgumentsBy } from "./provider/words/argumentNaming";
import { SETTING_NAMING } from "./stack/argumentSettings";
import { existingRoot } from "./stack/existingRoot";
import { isSshDefault, stackKeys } from "./stack/keySources";
import { config, optional, refuseUnknownSettings } from "./stack/settings";

refuseUnknownSettings();
nameArgumentsBy(SETTING_NAMING);

const { keys, outputs: outputsOfKeys } = stackKeys();
const root = existingRoot();
/** The subject of the root or the intermediate, if its common name is set. */
const subject = (setting: string): { commonName: string } | undefined => {
  const commonName = optional(setting);
  return commonName === undefined ? undefined : { commonName };
};

const ca = new CertificateAuthority("ca", {
  keys,
  // The component checks it and lists the valid names.
  algorithm: config.require<Algorithm>("algorithm"),
  name: config.require("name"),
  root: root ?? {
    subject: subject("rootCommonName"),
    validity: optional("rootValidity"),
    renewBefore: optional("rootRenewBefore"),
  },
  intermediate: {
    subject: subject("intermediateCommonName"),
    validity: optional("intermediateValidity"),
    renewBefore: optional("intermediateRenewBefore"),
  },
  ssh: optional("ssh") === undefined ? isSshDefault() : config.requireBoolean("ssh"),
  dnsNames: config.requireObject<string[]>("dnsNames"),
  address: config.require("address"),
  provisioner: config.require("provisioner"),
  acme: config.requireBoolean("acme"),
  sshpop: config.requireBoolean("sshpop"),
  deletionProtection: config.requireBoolean("deletionProtection"),
  rotation: config.getObject<RotationArgs>("rotation"),
  crl: config.getObject<AuthorityListArgs>("crl"),
  deleteRetiredKeys: config.requireBoolean("deleteRetiredKeys"),
});

export = { ...ca.outputs, ...outputsOfKeys(root?.key) };
