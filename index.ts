/**
 * The root stack: a certificate authority from the config alone. `Pulumi.yaml` describes each setting.
 */
import { Config } from "@pulumi/pulumi";
import { type Algorithm, CertificateAuthority, type KeySource, PkiError, SoftKeys } from "./provider";

const config = new Config("kms-pki");

/** An empty text stands for a setting that was not made: the engine wants a default for every setting it describes. */
function optional(key: string): string | undefined {
  const value = config.get(key);
  return value === "" ? undefined : value;
}

const KEY_SOURCES: Readonly<Record<string, () => KeySource>> = {
  softkms: () => new SoftKeys({ directory: config.require("keyDirectory") }),
};

function keySource(): KeySource {
  const kms = config.require("kms");
  const source = KEY_SOURCES[kms];
  if (source === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:kms is "${kms}", which is no key management service that this stack knows`,
      `Choose one of ${Object.keys(KEY_SOURCES).join(", ")}`,
    );
  }
  return source();
}

const rootCommonName = optional("rootCommonName");
const intermediateCommonName = optional("intermediateCommonName");
const rootValidity = optional("rootValidity");
const intermediateValidity = optional("intermediateValidity");

const ca = new CertificateAuthority("ca", {
  keys: keySource(),
  // Checked by the component, which names what there is.
  algorithm: config.require<Algorithm>("algorithm"),
  name: config.require("name"),
  root: {
    ...(rootCommonName === undefined ? {} : { subject: { commonName: rootCommonName } }),
    ...(rootValidity === undefined ? {} : { validity: rootValidity }),
  },
  intermediate: {
    ...(intermediateCommonName === undefined ? {} : { subject: { commonName: intermediateCommonName } }),
    ...(intermediateValidity === undefined ? {} : { validity: intermediateValidity }),
  },
  ssh: config.requireBoolean("ssh"),
  dnsNames: config.requireObject<string[]>("dnsNames"),
  address: config.require("address"),
  provisioner: config.require("provisioner"),
  acme: config.requireBoolean("acme"),
  sshpop: config.requireBoolean("sshpop"),
  deletionProtection: config.requireBoolean("deletionProtection"),
});

export const rootKey = ca.rootKey;
export const rootCertificate = ca.rootCertificate;
export const rootFingerprint = ca.rootFingerprint;
export const intermediateKey = ca.intermediateKey;
export const intermediateCertificate = ca.intermediateCertificate;
export const sshUserKey = ca.sshUserKey;
export const sshUserPublicKey = ca.sshUserPublicKey;
export const sshUserFingerprint = ca.sshUserFingerprint;
export const sshTrustedUserCaKeys = ca.sshTrustedUserCaKeys;
export const sshHostKey = ca.sshHostKey;
export const sshHostPublicKey = ca.sshHostPublicKey;
export const sshHostFingerprint = ca.sshHostFingerprint;
export const sshCertAuthority = ca.sshCertAuthority;
export const caConfig = ca.caConfig;
