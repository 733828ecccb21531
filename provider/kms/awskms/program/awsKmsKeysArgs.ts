import type { Input, ProviderResource } from "@pulumi/pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";

/** The settings of `AwsKmsKeys`. */
export interface AwsKmsKeysArgs {
  /** The region. Default: the one that the AWS SDKs find (`AWS_REGION`, the profile). Copied to ca.json. */
  region?: string;
  /** A profile of the shared configuration files. Copied to ca.json. */
  profile?: string;
  /** A shared credentials file, relative to Pulumi.yaml. Default `~/.aws/credentials`. Copied to ca.json. */
  credentialsFile?: string;
  /**
   * The provider with which `@pulumi/aws` makes the keys, such as one that assumes a role in another account. Reading and signing
   * use `region`, `profile` and `credentialsFile`, so name a profile that assumes the same role.
   */
  provider?: ProviderResource;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false: one field for each value. */
  kmsUri?: boolean;
  /**
   * Keys to use but not manage: a key id, key ARN, alias, alias ARN or `awskms:key-id=...`. They are never changed or deleted.
   * In a rotation they are the first generation.
   */
  existing?: Partial<Record<KeyRole, string>>;
  /** The ids of keys to make part of this stack, for example after a killed run. A later generation is named `root-g1`. */
  adopt?: Partial<Record<KeyName, string>>;
  /** Keys that may be made again although the state knows one that was lost. */
  newKeys?: readonly KeyName[];
  /** Gives each key the alias `alias/<aliasPrefix>-<key>`, such as `alias/pki-root`. In a rotation the active key has it. Lower case. */
  aliasPrefix?: string;
  /** The description of the keys. Default: the purpose of the key. A change updates the key. */
  description?: string;
  /** Tags of the keys, in addition to `name` and the tag that marks the owner. A change updates the key. */
  tags?: Record<string, string>;
  /** For how many days you can cancel a deletion: 7 to 30. Default 30. A change updates the key. */
  deletionWindowInDays?: number;
  /** Makes multi-Region primary keys. Default false. A change replaces the key. */
  multiRegion?: boolean;
  /** The key policy as JSON. Default: AWS's, which leaves the key to IAM. A change updates the key. */
  policy?: Input<string>;
}
