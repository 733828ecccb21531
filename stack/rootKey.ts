import { Config } from "@pulumi/pulumi";
import {
  type AwsConnection,
  awsKmsUri,
  isBareAwsKey,
  parseAwsKey,
  parseAwsKmsUri,
} from "../provider/kms/awskms/awsKeyUri";
import { cloudKmsUri, isBareCloudKey, parseCloudKmsUri } from "../provider/kms/cloudkms/cloudKeyUri";
import { softKeyUri } from "../provider/kms/softkms/softKeyUri";
import { parseYubiKeyKmsUri, yubiKeyKmsUri } from "../provider/kms/yubikey/yubiKeyUri";
import { optional, serialSetting } from "./settings";

/** A key as `PublicKey` takes it. */
export interface NamedKey {
  readonly uri: string;
  /** How to reach its KMS, if anything says so. */
  readonly kms?: string;
}

type Cloud = "awskms" | "cloudkms";

/**
 * The key that the setting `rootKey` names: a file, or a key of a KMS. The key's own name tells how to reach its KMS, else the
 * settings of that KMS do.
 *
 * @throws PkiError `KEY_URI_INVALID`, `CONFIG_INVALID`
 */
export function rootKey(key: string): NamedKey {
  if (isAwsKey(key)) {
    return reached(key, "awskms:", awsKmsUri(awsConnection(key)));
  }
  if (isBareCloudKey(key) || /^cloudkms:/i.test(key)) {
    const own = isBareCloudKey(key) ? {} : parseCloudKmsUri(key);
    return reached(key, "cloudkms:", cloudKmsUri({ ...credentials("cloudkms"), ...own }));
  }
  if (/^yubikey:/i.test(key)) {
    const { serial = serialSetting() } = parseYubiKeyKmsUri(key);
    return { uri: key, ...(serial === undefined ? {} : { kms: yubiKeyKmsUri({ serial }) }) };
  }
  // One letter before a colon is a drive of Windows.
  return { uri: /^[a-z][a-z0-9+.-]+:/i.test(key) ? key : softKeyUri(key) };
}

/** Whether a key is in AWS KMS. */
export function isAwsKey(key: string): boolean {
  return isBareAwsKey(key) || /^(?:awskms|aws):/i.test(key);
}

function reached(uri: string, nothing: string, kms: string): NamedKey {
  return { uri, ...(kms === nothing ? {} : { kms }) };
}

/** A region that the key's own name tells need not be said again, unless something else is said. */
function awsConnection(key: string): AwsConnection {
  const own = isBareAwsKey(key) ? {} : parseAwsKmsUri(key);
  const profile = own.profile ?? optional("rootProfile") ?? optional("profile");
  const credentialsFile = own.credentialsFile ?? credentials("awskms").credentialsFile;
  const named = parseAwsKey(key).region;
  if (named !== undefined && profile === undefined && credentialsFile === undefined) {
    return {};
  }
  const region = named ?? optional("rootRegion") ?? optional("region") ?? new Config("aws").get("region");
  return { region, profile, credentialsFile };
}

/** The setting `credentialsFile`, unless the stack's keys are in the other cloud: then it holds that one's credentials. */
function credentials(cloud: Cloud): { credentialsFile?: string } {
  const chosen = [optional("kms"), optional("rootKms")];
  const isOthers = !chosen.includes(cloud) && chosen.includes(cloud === "awskms" ? "cloudkms" : "awskms");
  const credentialsFile = isOthers ? undefined : optional("credentialsFile");
  return credentialsFile === undefined ? {} : { credentialsFile };
}
