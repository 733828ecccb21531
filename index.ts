/**
 * The root stack: a certificate authority declared by config alone. `Pulumi.yaml` describes each setting.
 */
import {
  type Algorithm,
  type AuthorityListArgs,
  type AuthorityRevokedArgs,
  CertificateAuthority,
  type RotationArgs,
} from "./provider";
import { nameArgumentsBy } from "./provider/words/argumentNaming";
import { SETTING_NAMING } from "./stack/argumentSettings";
import { certificateContent, refuseContentOfExistingRoot } from "./stack/certificateContent";
import { database } from "./stack/database";
import { externalIssuer, isRootExternal } from "./stack/externalRoot";
import { existingRoot } from "./stack/existingRoot";
import { isSshDefault, stackKeys } from "./stack/keySources";
import { config, optional, refusePlugin, refuseUnknownSettings } from "./stack/settings";

refusePlugin();
refuseUnknownSettings();
nameArgumentsBy(SETTING_NAMING);

const { keys, outputs: outputsOfKeys } = stackKeys();
const root = existingRoot();
if (root !== undefined || isRootExternal()) {
  refuseContentOfExistingRoot();
}

const ca = new CertificateAuthority("ca", {
  keys,
  // The component checks it and lists the valid names.
  algorithm: config.require<Algorithm>("algorithm"),
  name: config.require("name"),
  root: root ?? (isRootExternal() ? undefined : certificateContent("root")),
  intermediate: { ...certificateContent("intermediate"), ...externalIssuer() },
  ssh: optional("ssh") === undefined ? isSshDefault() : config.requireBoolean("ssh"),
  dnsNames: config.requireObject<string[]>("dnsNames"),
  address: config.require("address"),
  provisioner: config.require("provisioner"),
  database: database(),
  acme: config.requireBoolean("acme"),
  sshpop: config.requireBoolean("sshpop"),
  deletionProtection: config.requireBoolean("deletionProtection"),
  rotation: config.getObject<RotationArgs>("rotation"),
  compromised: config.getObject<string[]>("compromised"),
  crl: config.getObject<AuthorityListArgs>("crl"),
  revoked: config.getObject<AuthorityRevokedArgs[]>("revoked"),
  deleteRetiredKeys: config.requireBoolean("deleteRetiredKeys"),
});

export = { ...ca.outputs, ...outputsOfKeys(root?.key) };
