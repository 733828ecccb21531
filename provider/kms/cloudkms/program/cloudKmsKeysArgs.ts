import type { Input, ProviderResource } from "@pulumi/pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";

/** Where a key of Cloud KMS is: in software or in a hardware module. */
export type ProtectionLevel = "SOFTWARE" | "HSM";

/** Rings, keys and versions to use but not make. */
export interface ExistingCloudKeys extends Partial<Record<KeyRole, string>> {
  /** Uses a key ring that exists, instead of making it. A ring can never be deleted. */
  keyRing?: boolean;
  /**
   * Uses all keys that exist, or those that you name, and makes a new version of each. A key can never be deleted. Refused for a
   * key in this stack's state, because the stack would give it up and destroy its versions.
   */
  cryptoKeys?: boolean | Partial<Record<KeyRole, boolean>>;
}

/** The settings of `CloudKmsKeys`. */
export interface CloudKmsKeysArgs {
  /**
   * The project. Default: `gcp:project`, or `GOOGLE_PROJECT`, `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`, `CLOUDSDK_CORE_PROJECT` in the
   * environment.
   */
  project?: string;
  /** The location of the key ring. Default `global`. A change replaces everything. */
  location?: string;
  /** The name of the key ring. Default `pki`. A change replaces everything. */
  keyRing?: string;
  /** The key file of a service account, relative to Pulumi.yaml. Copied to ca.json. */
  credentialsFile?: string;
  /** The provider with which `@pulumi/gcp` makes the keys, such as one that impersonates a service account. */
  provider?: ProviderResource;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false. */
  kmsUri?: boolean;
  /** For all keys, or for each key. Default `SOFTWARE`. Fixed when a key is made. */
  protectionLevel?: ProtectionLevel | Partial<Record<KeyRole, ProtectionLevel>>;
  /** Rings, keys or versions (`projects/.../cryptoKeyVersions/N`) to use but not make. Versions are never changed. */
  existing?: ExistingCloudKeys;
  /** The names of versions to make part of this stack, for example after a killed run. A later generation is named `root-g1`. */
  adopt?: Partial<Record<KeyName, string>>;
  /** Keys of which a new version may be made although the state knows one that was lost. */
  newKeys?: readonly KeyName[];
  /** Labels of the keys, in addition to the one that names the authority. A change updates the key. */
  labels?: Record<string, string>;
  /** How long you can undo the destruction of a version, such as `2592000s`. Default: Google's 30 days. Fixed when a key is made. */
  destroyScheduledDuration?: string;
  /** Who may sign with step-ca's keys, such as `serviceAccount:step-ca@example.iam.gserviceaccount.com`. Never the root's key. */
  stepCaMember?: Input<string>;
}
