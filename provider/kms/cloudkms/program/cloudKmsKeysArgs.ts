import type { Input, ProviderResource } from "@pulumi/pulumi";
import type { KeyName, KeyRole } from "../../../keySources/keySource";

/** Where a key of Cloud KMS is: in software or in a hardware module. */
export type ProtectionLevel = "SOFTWARE" | "HSM";

/** What is there already. */
export interface ExistingCloudKeys extends Partial<Record<KeyRole, string>> {
  /** The key ring is there: it is used and not made. A ring can never be deleted. */
  keyRing?: boolean;
  /**
   * All keys are there, or those that are named: a new version of each is made. A key can never be deleted. Not for a
   * key that this stack has in its state: it would be given up, and its versions destroyed.
   */
  cryptoKeys?: boolean | Partial<Record<KeyRole, boolean>>;
}

/** The settings of `CloudKmsKeys`. */
export interface CloudKmsKeysArgs {
  /**
   * Default: `gcp:project`, or `GOOGLE_PROJECT`, `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`, `CLOUDSDK_CORE_PROJECT` in the
   * environment.
   */
  project?: string;
  /** Default `global`. A change replaces all. */
  location?: string;
  /** The name of the key ring. Default `pki`. A change replaces all. */
  keyRing?: string;
  /** The key file of a service account, relative to Pulumi.yaml. In ca.json as it is here. */
  credentialsFile?: string;
  /** What `@pulumi/gcp` makes the keys with, such as one that impersonates a service account. */
  provider?: ProviderResource;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false. */
  kmsUri?: boolean;
  /** For all keys, or for each. Default `SOFTWARE`. Google fixes it when a key is made. */
  protectionLevel?: ProtectionLevel | Partial<Record<KeyRole, ProtectionLevel>>;
  /** Rings, keys or versions (`projects/.../cryptoKeyVersions/N`) that are there. Versions are never changed. */
  existing?: ExistingCloudKeys;
  /** Versions that are made part of this stack, as after a run that was cut off: their names. A later generation is `root-g1`. */
  adopt?: Partial<Record<KeyName, string>>;
  /** Keys of which a new version may be made although the state knows of one that is lost. */
  newKeys?: readonly KeyName[];
  /** Labels of the keys, beside the one that names the authority. A change updates. */
  labels?: Record<string, string>;
  /** How long the destruction of a version can be undone, such as `2592000s`. Google's default is 30 days. Fixed. */
  destroyScheduledDuration?: string;
  /** Who may sign with the keys of step-ca: `serviceAccount:step-ca@example.iam.gserviceaccount.com`. Never the root. */
  stepCaMember?: Input<string>;
}
