import type { Input, ProviderResource, Unwrap } from "../../../pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";

/** Whether a key of Cloud KMS is in software or in a hardware module. */
export type ProtectionLevel = "SOFTWARE" | "HSM";

/** Rings, keys and versions to use but not make. */
export interface ExistingCloudKeys extends Readonly<Partial<Record<KeyRole, Input<string> | undefined>>> {
  /** Uses an existing key ring instead of making one. A ring can never be deleted. */
  keyRing?: boolean | undefined;
  /**
   * Uses existing keys, all or those that you name, and makes a new version of each. A key can never be deleted. Refused for a
   * key in this stack's state, because the stack would give it up and destroy its versions.
   */
  cryptoKeys?: boolean | Readonly<Partial<Record<KeyRole, boolean | undefined>>> | undefined;
}

/** The settings of `CloudKmsKeys`. */
export interface CloudKmsKeysArgs {
  /**
   * The project. Default: `gcp:project`, or `GOOGLE_PROJECT`, `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`,
   * `CLOUDSDK_CORE_PROJECT` in the environment.
   */
  project?: Input<string | undefined>;
  /** The location of the key ring. Default `global`. A change replaces everything. */
  location?: Input<string | undefined>;
  /** The name of the key ring. Default `pki`. A change replaces everything. */
  keyRing?: Input<string | undefined>;
  /** The key file of a service account, relative to Pulumi.yaml. Copied to ca.json. */
  credentialsFile?: Input<string | undefined>;
  /** The provider with which `@pulumi/gcp` makes the keys, such as one that impersonates a service account. */
  provider?: ProviderResource | undefined;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false. */
  kmsUri?: Input<boolean | undefined>;
  /** For all keys, or for each key. Default `SOFTWARE`. Fixed when a key is made. */
  protectionLevel?: Input<
    ProtectionLevel | Readonly<Partial<Record<KeyRole, Input<ProtectionLevel> | undefined>>> | undefined
  >;
  /**
   * Rings, keys or versions (`projects/.../cryptoKeyVersions/N`) to use but not make. Versions are never changed. What exists
   * decides which resources exist, so it must be known; the names of versions may be Outputs.
   */
  existing?: ExistingCloudKeys | undefined;
  /**
   * The names of versions to make part of this stack, for example after a killed run. A later generation is named
   * `root-g1`. Which keys are adopted must be known; the names of versions may be Outputs.
   */
  adopt?: Readonly<Partial<Record<KeyName, Input<string> | undefined>>> | undefined;
  /** Keys of which a new version may be made although the state knows one that was lost. */
  newKeys?: Input<readonly Input<KeyName>[] | undefined>;
  /** Labels of the keys, in addition to the one that names the authority. A change updates the key. */
  labels?: Input<Readonly<Record<string, Input<string>>> | undefined>;
  /**
   * How long you can undo the destruction of a version, such as `2592000s`. Default: Google's 30 days. Fixed when a key
   * is made.
   */
  destroyScheduledDuration?: Input<string | undefined>;
  /**
   * Who may sign with step-ca's keys, such as `serviceAccount:step-ca@example.iam.gserviceaccount.com`. Never the
   * root's key. Whether you give it decides which resources exist, so that must be known; the value may be an Output.
   */
  stepCaMember?: Input<string> | undefined;
}

/** The settings of `CloudKmsKeys`, as far as they are known. */
export type KnownCloudSettings = Unwrap<Omit<CloudKmsKeysArgs, "provider">>;
