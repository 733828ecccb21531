import { OWNER_TAG } from "../awsOwnerTag";
import type { JsonObject } from "../../../stepca/jsonObject";

/** The needs of the IAM policy for running `pulumi up`. */
export interface OperatorNeeds {
  /** The patterns of the keys' owner tags, such as `project/stack/<authority id>/*`. */
  readonly tags: readonly string[];
  /** AWS's specs of the keys that the stack makes, such as `ECC_NIST_P256`; empty if it makes none. */
  readonly keySpecs: readonly string[];
  /** ARNs of existing keys, to read and sign with. */
  readonly existing: readonly string[];
  /** The names of the aliases. */
  readonly aliases: readonly string[];
  /** Ids of keys to adopt. */
  readonly adopted?: readonly string[];
  readonly isMultiRegion?: boolean;
  /** Whether the stack sets the policies of its keys. */
  readonly hasKeyPolicy?: boolean;
  /** Whether the stack sets tags in addition to its own. */
  readonly hasTags?: boolean;
  /** Determines the partition: Amazon's regions in China and for governments have their own. */
  readonly region?: string | undefined;
}

/** The actions of this package on a key. */
const USE = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"];
/** The actions with which `@pulumi/aws` reads a key before it imports it. */
const LOOK = [
  "kms:DescribeKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:GetPublicKey",
  "kms:ListResourceTags",
];
/** The other actions of `@pulumi/aws` on a key, and those to cancel a deletion. */
const MANAGE = [
  "kms:CancelKeyDeletion",
  "kms:EnableKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListResourceTags",
  "kms:ScheduleKeyDeletion",
  "kms:UpdateKeyDescription",
];
const SIGNS = { "kms:KeyUsage": "SIGN_VERIFY" };
const EXCEPT_OWNER_TAG: JsonObject = { "ForAllValues:StringNotEquals": { "aws:TagKeys": [OWNER_TAG] } };
const MULTI_REGION_SERVICE = "mrk.kms.amazonaws.com";

/**
 * The IAM policy for running `pulumi up`. The statements `MakeKeys`, `TagNewKeys` and `FindKeys` make keys with the
 * authority's tag, and the others use and manage keys with it. It omits everything that the settings do not need.
 */
export function operatorPolicy(needs: OperatorNeeds): JsonObject {
  return policy([
    ...(needs.keySpecs.length === 0 ? [] : [...makers(needs), ...managers(needs), ...taggers(needs)]),
    ...namers(needs),
    ...adopters(needs),
    ...(needs.existing.length === 0 ? [] : [statement("UseExistingKeys", USE, needs.existing)]),
  ]);
}

/** The IAM policy of step-ca, which may sign with these keys. The root's key is not among them. */
export function stepCaPolicy(arns: readonly string[]): JsonObject {
  return policy([statement("Sign", ["kms:GetPublicKey", "kms:Sign"], arns)]);
}

function makers(needs: OperatorNeeds): JsonObject[] {
  const { keySpecs, isMultiRegion = false } = needs;
  const kind = { ...SIGNS, "kms:KeySpec": oneOrMore(keySpecs) };
  return [
    statement("MakeKeys", ["kms:CreateKey"], "*", {
      StringLike: requestTag(needs),
      StringEquals: kind,
      BoolIfExists: { "kms:MultiRegion": String(isMultiRegion) },
    }),
    // AWS requires this to make a key with tags, and does not distinguish it from tagging an existing key. So everything that
    // is known about such a key must match: its kind, and that no other authority owns it.
    statement("TagNewKeys", ["kms:TagResource"], keysOf(needs), {
      StringLike: requestTag(needs),
      StringLikeIfExists: resourceTag(needs),
      StringEqualsIfExists: kind,
    }),
    statement("FindKeys", ["kms:ListKeys"], "*"),
    statement("ReadTags", ["kms:ListResourceTags"], keysOf(needs)),
    ...(isMultiRegion ? [linkedRole(needs)] : []),
  ];
}

/** Lets AWS make its own role when an account gets its first multi-Region key. */
function linkedRole({ region }: OperatorNeeds): JsonObject {
  const role = `${MULTI_REGION_SERVICE}/AWSServiceRoleForKeyManagementServiceMultiRegionKeys`;
  return statement(
    "MakeMultiRegionRole",
    ["iam:CreateServiceLinkedRole"],
    `arn:${partitionOf(region)}:iam::*:role/aws-service-role/${role}`,
    { StringEquals: { "iam:AWSServiceName": MULTI_REGION_SERVICE } },
  );
}

function managers(needs: OperatorNeeds): JsonObject[] {
  const actions = [...MANAGE, ...(needs.hasKeyPolicy === true ? ["kms:PutKeyPolicy"] : [])];
  return [
    statement("UseOwnKeys", USE, keysOf(needs), own(needs)),
    statement("ManageOwnKeys", actions, keysOf(needs), own(needs)),
  ];
}

/** The statements for tags. They allow neither changing the owner tag to another authority's nor removing it. */
function taggers(needs: OperatorNeeds): JsonObject[] {
  if (needs.hasTags !== true) {
    return [];
  }
  return [
    statement("TagOwnKeys", ["kms:TagResource"], keysOf(needs), {
      ...own(needs),
      StringLikeIfExists: requestTag(needs),
    }),
    statement("UntagOwnKeys", ["kms:UntagResource"], keysOf(needs), { ...own(needs), ...EXCEPT_OWNER_TAG }),
  ];
}

function namers(needs: OperatorNeeds): JsonObject[] {
  if (needs.aliases.length === 0) {
    return [];
  }
  const actions = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"];
  const names = needs.aliases.map((alias) => `arn:${partitionOf(needs.region)}:kms:*:*:${alias}`);
  return [
    statement("FindAliases", ["kms:ListAliases"], "*"),
    statement("NameKeys", actions, names),
    statement("NameOwnKeys", actions, keysOf(needs), own(needs)),
  ];
}

function adopters({ adopted = [], region }: OperatorNeeds): JsonObject[] {
  const keys = adopted.map((id) => `arn:${partitionOf(region)}:kms:*:*:key/${id}`);
  return keys.length === 0
    ? []
    : [
        statement("LookAtAdoptedKeys", LOOK, keys),
        // Their other tags, such as those of the tool that made them, are replaced by the stack's.
        statement("UntagAdoptedKeys", ["kms:UntagResource"], keys, EXCEPT_OWNER_TAG),
      ];
}

function keysOf({ region }: OperatorNeeds): string {
  return `arn:${partitionOf(region)}:kms:*:*:key/*`;
}

function own(needs: OperatorNeeds): JsonObject {
  return { StringLike: resourceTag(needs), StringEquals: SIGNS };
}

function requestTag({ tags }: OperatorNeeds): JsonObject {
  return { [`aws:RequestTag/${OWNER_TAG}`]: oneOrMore(tags) };
}

function resourceTag({ tags }: OperatorNeeds): JsonObject {
  return { [`aws:ResourceTag/${OWNER_TAG}`]: oneOrMore(tags) };
}

function oneOrMore(values: readonly string[]): string | readonly string[] {
  const [first, ...others] = values;
  return first !== undefined && others.length === 0 ? first : values;
}

function partitionOf(region = ""): string {
  const [, name] = /^(cn|us-gov)-/.exec(region) ?? [];
  return name === undefined ? "aws" : `aws-${name}`;
}

function statement(
  sid: string,
  actions: readonly string[],
  resource: string | readonly string[],
  condition?: JsonObject,
): JsonObject {
  return {
    ...{ Sid: sid, Effect: "Allow", Action: actions, Resource: resource },
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function policy(statements: readonly JsonObject[]): JsonObject {
  return { Version: "2012-10-17", Statement: statements };
}
