import type { Input, ProviderResource, Unwrap } from "../../../pulumi";
import type { KeyName, KeyRole } from "../../../authority/keyNames";

/** The settings of `AwsKmsKeys`. */
export interface AwsKmsKeysArgs {
  /** The region. Default: the one that the AWS SDKs find (`AWS_REGION`, the profile). Copied to ca.json. */
  region?: Input<string | undefined>;
  /** A profile of the shared configuration files. Copied to ca.json. */
  profile?: Input<string | undefined>;
  /** A shared credentials file, relative to Pulumi.yaml. Default `~/.aws/credentials`. Copied to ca.json. */
  credentialsFile?: Input<string | undefined>;
  /**
   * The provider with which `@pulumi/aws` makes the keys, such as one that assumes a role in another account. Reading
   * and signing use `region`, `profile` and `credentialsFile`, so name a profile that assumes the same role.
   */
  provider?: ProviderResource | undefined;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false: one field for each value. */
  kmsUri?: Input<boolean | undefined>;
  /**
   * Keys to use but not manage: a key id, key ARN, alias, alias ARN or `awskms:key-id=...`. They are never changed or deleted.
   * In a rotation they are the first generation. Which keys exist decides which resources exist, so it must be known; the names
   * may be Outputs.
   */
  existing?: Readonly<Partial<Record<KeyRole, Input<string> | undefined>>> | undefined;
  /**
   * The ids of keys to make part of this stack, for example after a killed run. A later generation is named `root-g1`.
   * Which keys are adopted must be known; the ids may be Outputs.
   */
  adopt?: Readonly<Partial<Record<KeyName, Input<string> | undefined>>> | undefined;
  /** Keys that may be made again although the state knows one that was lost. */
  newKeys?: Input<readonly Input<KeyName>[] | undefined>;
  /**
   * Gives each key the alias `alias/<aliasPrefix>-<key>`, such as `alias/pki-root`. In a rotation the active key has
   * it. Lowercase.
   */
  aliasPrefix?: Input<string | undefined>;
  /** The description of the keys. Default: the purpose of the key. A change updates the key. */
  description?: Input<string | undefined>;
  /** Tags of the keys, in addition to `name` and the tag that marks the owner. A change updates the key. */
  tags?: Input<Readonly<Record<string, Input<string>>> | undefined>;
  /** For how many days you can cancel a deletion: 7 to 30. Default 30. A change updates the key. */
  deletionWindowInDays?: Input<number | undefined>;
  /** Makes multi-Region primary keys. Default false. A change replaces the key. */
  multiRegion?: Input<boolean | undefined>;
  /** The key policy as JSON. Default: AWS's, which leaves the key to IAM. A change updates the key. */
  policy?: Input<string | undefined>;
}

/** The settings of `AwsKmsKeys`, as far as they are known. */
export type KnownAwsSettings = Unwrap<Omit<AwsKmsKeysArgs, "provider">>;
