/**
 * The root stack: a certificate authority from the config alone. `Pulumi.yaml` describes each setting.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { Config, type Output } from "@pulumi/pulumi";
import {
  type Algorithm,
  CertificateAuthority,
  type KeyRole,
  type KeySource,
  type KeySources,
  PkiError,
  SoftKeys,
} from "./provider";
import type * as awskms from "./provider/awskms";
import type * as cloudkms from "./provider/cloudkms";
import { rootDirectory } from "./provider/inputs/rootDirectory";

const config = new Config("kms-pki");

/** What only the keys of a cloud give, once they are declared. */
let cloudOutputs: () => Record<string, Output<unknown>> = () => ({});

/** An empty text stands for a setting that was not made: the engine wants a default for every setting it describes. */
function optional(key: string): string | undefined {
  const value = config.get(key);
  return value === "" ? undefined : value;
}

/** Loaded only by a stack that uses it: `@pulumi/aws` takes a second. */
function awsKeys(): KeySource | KeySources {
  const { AwsKmsKeys } = createRequire(__filename)("./provider/awskms") as typeof awskms;
  const settings: awskms.AwsKmsKeysArgs = {
    ...defined("region", optional("region") ?? new Config("aws").get("region")),
    ...defined("profile", optional("profile")),
    ...defined("credentialsFile", optional("credentialsFile")),
    ...defined("aliasPrefix", optional("aliasPrefix")),
    ...defined("description", optional("keyDescription")),
    ...defined("policy", keyPolicy()),
    ...defined("tags", config.getObject<Record<string, string>>("tags")),
    ...defined("existing", config.getObject<Record<string, string>>("existing")),
    ...defined("adopt", config.getObject<Record<string, string>>("adopt")),
    newKeys: config.requireObject<KeyRole[]>("newKeys"),
    kmsUri: config.requireBoolean("kmsUri"),
    deletionWindowInDays: config.requireNumber("deletionWindowInDays"),
    multiRegion: config.requireBoolean("multiRegion"),
  };
  const keys = new AwsKmsKeys(settings);
  cloudOutputs = () => ({ operatorIamPolicy: keys.operatorPolicy, stepCaIamPolicy: keys.stepCaPolicy });
  const [rootRegion, rootProfile] = [optional("rootRegion"), optional("rootProfile")];
  if (rootRegion === undefined && rootProfile === undefined) {
    return keys;
  }
  const root = new AwsKmsKeys({
    ...settings,
    ...defined("region", rootRegion),
    ...defined("profile", rootProfile),
    existing: rootOf(settings.existing),
    adopt: rootOf(settings.adopt),
  });
  return { root, intermediate: keys };
}

function rootOf(keys: Partial<Record<KeyRole, string>> | undefined): { root?: string } {
  return keys?.root === undefined ? {} : { root: keys.root };
}

/** Loaded only by a stack that uses it. */
function cloudKeys(): KeySource {
  const { CloudKmsKeys } = createRequire(__filename)("./provider/cloudkms") as typeof cloudkms;
  const level = config.require<cloudkms.ProtectionLevel>("protectionLevel");
  const levels = config.getObject<Partial<Record<KeyRole, cloudkms.ProtectionLevel>>>("protectionLevels");
  const all = { root: level, intermediate: level, "ssh-user-key": level, "ssh-host-key": level };
  const keys = new CloudKmsKeys({
    ...defined("project", optional("project")),
    ...defined("credentialsFile", optional("credentialsFile")),
    ...defined("destroyScheduledDuration", optional("destroyScheduledDuration")),
    ...defined("stepCaMember", optional("stepCaMember")),
    ...defined("labels", config.getObject<Record<string, string>>("labels")),
    ...defined("existing", config.getObject<cloudkms.ExistingCloudKeys>("existing")),
    ...defined("adopt", config.getObject<Record<string, string>>("adopt")),
    newKeys: config.requireObject<KeyRole[]>("newKeys"),
    kmsUri: config.requireBoolean("kmsUri"),
    location: config.require("location"),
    keyRing: config.require("keyRing"),
    protectionLevel: { ...all, ...levels },
  });
  cloudOutputs = () => ({ attestations: keys.attestations });
  return keys;
}

function keyPolicy(): string | undefined {
  const file = optional("keyPolicyFile");
  if (file === undefined) {
    return undefined;
  }
  try {
    return readFileSync(resolve(rootDirectory(process.cwd()), file), "utf8");
  } catch (cause) {
    throw new PkiError("FILE_UNUSABLE", `kms-pki:keyPolicyFile "${file}" cannot be read`, "Name a readable file", {
      cause,
    });
  }
}

function defined<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}

const KEY_SOURCES: Readonly<Record<string, () => KeySource | KeySources>> = {
  softkms: () => new SoftKeys({ directory: config.require("keyDirectory") }),
  awskms: awsKeys,
  cloudkms: cloudKeys,
};

function keySource(): KeySource | KeySources {
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
const rootRenewBefore = optional("rootRenewBefore");
const intermediateRenewBefore = optional("intermediateRenewBefore");

const ca = new CertificateAuthority("ca", {
  keys: keySource(),
  // Checked by the component, which names what there is.
  algorithm: config.require<Algorithm>("algorithm"),
  name: config.require("name"),
  root: {
    ...(rootCommonName === undefined ? {} : { subject: { commonName: rootCommonName } }),
    ...(rootValidity === undefined ? {} : { validity: rootValidity }),
    ...(rootRenewBefore === undefined ? {} : { renewBefore: rootRenewBefore }),
  },
  intermediate: {
    ...(intermediateCommonName === undefined ? {} : { subject: { commonName: intermediateCommonName } }),
    ...(intermediateValidity === undefined ? {} : { validity: intermediateValidity }),
    ...(intermediateRenewBefore === undefined ? {} : { renewBefore: intermediateRenewBefore }),
  },
  ssh: config.requireBoolean("ssh"),
  dnsNames: config.requireObject<string[]>("dnsNames"),
  address: config.require("address"),
  provisioner: config.require("provisioner"),
  acme: config.requireBoolean("acme"),
  sshpop: config.requireBoolean("sshpop"),
  deletionProtection: config.requireBoolean("deletionProtection"),
});

const outputs = {
  rootKey: ca.rootKey,
  rootCertificate: ca.rootCertificate,
  rootFingerprint: ca.rootFingerprint,
  rootRenewalTime: ca.rootRenewalTime,
  rootReadyForRenewal: ca.rootReadyForRenewal,
  intermediateKey: ca.intermediateKey,
  intermediateCertificate: ca.intermediateCertificate,
  intermediateRenewalTime: ca.intermediateRenewalTime,
  intermediateReadyForRenewal: ca.intermediateReadyForRenewal,
  sshUserKey: ca.sshUserKey,
  sshUserPublicKey: ca.sshUserPublicKey,
  sshUserFingerprint: ca.sshUserFingerprint,
  sshTrustedUserCaKeys: ca.sshTrustedUserCaKeys,
  sshHostKey: ca.sshHostKey,
  sshHostPublicKey: ca.sshHostPublicKey,
  sshHostFingerprint: ca.sshHostFingerprint,
  sshCertAuthority: ca.sshCertAuthority,
  caConfig: ca.caConfig,
  ...cloudOutputs(),
};

// Pulumi warns of an output that is not there.
export = Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
