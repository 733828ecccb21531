import type { Input, ProviderResource } from "@pulumi/pulumi";
import type { KeyName, KeyRole } from "../../../keySources/keySource";

/** The settings of `AwsKmsKeys`. */
export interface AwsKmsKeysArgs {
  /** Default: as the AWS SDKs find it (`AWS_REGION`, the profile). In ca.json as it is here. */
  region?: string;
  /** A profile of the shared configuration files. In ca.json as it is here. */
  profile?: string;
  /** A shared credentials file instead of `~/.aws/credentials`, relative to Pulumi.yaml. In ca.json as it is here. */
  credentialsFile?: string;
  /**
   * What `@pulumi/aws` makes the keys with, such as one that assumes a role in another account. What reads and signs
   * goes by region, profile and credentialsFile: name a profile that assumes the same role.
   */
  provider?: ProviderResource;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false: one field each. */
  kmsUri?: boolean;
  /**
   * Keys that are there already: a key id, key ARN, alias, alias ARN or `awskms:key-id=...`. They are used and never
   * changed or deleted. Of what is rotated they are the first generation.
   */
  existing?: Partial<Record<KeyRole, string>>;
  /** Keys that are made part of this stack, as after a run that was cut off: their ids. A later generation is `root-g1`. */
  adopt?: Partial<Record<KeyName, string>>;
  /** Keys that may be made anew although the state knows of one that is lost. */
  newKeys?: readonly KeyName[];
  /** With it each key has the alias `alias/<aliasPrefix>-<key>`, such as `alias/pki-root`; of keys that take turns the active one. Lower case. */
  aliasPrefix?: string;
  /** The description of the keys. Default: what the key is for. A change updates. */
  description?: string;
  /** Tags of the keys, beside `name` and the one by which a key is found again. A change updates. */
  tags?: Record<string, string>;
  /** How long a deletion can be cancelled: 7 to 30 days, 30 by default. A change updates. */
  deletionWindowInDays?: number;
  /** Whether the keys are multi-Region primary keys. Default false. A change replaces. */
  multiRegion?: boolean;
  /** The key policy as JSON. AWS's own by default, which leaves it to IAM. A change updates. */
  policy?: Input<string>;
}
