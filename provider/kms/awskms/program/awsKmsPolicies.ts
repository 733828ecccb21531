import { OWNER_TAG } from "../awsOwnerTag";
import type { JsonObject } from "../../../stepca/jsonObject";

/** What the policy of whoever runs `pulumi up` must allow. */
export interface OperatorNeeds {
  /** What the owner tags of the keys match, such as `project/stack/<authority id>/*`. */
  readonly tags: readonly string[];
  /** What AWS calls the kinds of the keys that are made here, such as `ECC_NIST_P256`; none when no key is. */
  readonly keySpecs: readonly string[];
  /** ARNs of keys that were there before. They may be read and signed with. */
  readonly existing: readonly string[];
  /** The names of the aliases. */
  readonly aliases: readonly string[];
  /** Ids of keys that are to become part of the stack. */
  readonly adopted?: readonly string[];
  readonly isMultiRegion?: boolean;
  /** Whether the stack sets the policies of its keys. */
  readonly hasKeyPolicy?: boolean;
  /** Whether the stack sets tags beside its own. */
  readonly hasTags?: boolean;
  /** By which the partition is known: Amazon's regions in China and for governments have their own. */
  readonly region?: string | undefined;
}

/** What our own code asks of a key. */
const USE = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"];
/** What `@pulumi/aws` asks before it takes a key over. */
const LOOK = [
  "kms:DescribeKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:GetPublicKey",
  "kms:ListResourceTags",
];
/** What `@pulumi/aws` does with a key beside, and a person who takes back a deletion. */
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
const MULTI_REGION_SERVICE = "mrk.kms.amazonaws.com";

/**
 * The IAM policy of whoever runs `pulumi up`. The statements `MakeKeys`, `TagNewKeys` and `FindKeys` make keys that bear the
 * authority's tag; the others use and manage keys that bear it. What the settings leave off is not in it.
 */
export function operatorPolicy(needs: OperatorNeeds): JsonObject {
  return policy([
    ...(needs.keySpecs.length === 0 ? [] : [...makers(needs), ...managers(needs), ...taggers(needs)]),
    ...namers(needs),
    ...adopters(needs),
    ...(needs.existing.length === 0 ? [] : [statement("UseExistingKeys", USE, needs.existing)]),
  ]);
}

/** The IAM policy of step-ca: it may sign with these keys, among which the root's is not. */
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
    // AWS asks for this as a key is made with tags, and does not tell that apart from a key that exists being tagged. So what
    // is known of such a key must fit: its kind, and that no other authority owns it.
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

/** AWS makes a role of its own the first time that an account has a multi-Region key. */
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

/** The owner tag itself can neither be changed to another authority's nor be taken off. */
function taggers(needs: OperatorNeeds): JsonObject[] {
  if (needs.hasTags !== true) {
    return [];
  }
  return [
    statement("TagOwnKeys", ["kms:TagResource"], keysOf(needs), {
      ...own(needs),
      StringLikeIfExists: requestTag(needs),
    }),
    statement("UntagOwnKeys", ["kms:UntagResource"], keysOf(needs), {
      ...own(needs),
      "ForAllValues:StringNotEquals": { "aws:TagKeys": [OWNER_TAG] },
    }),
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
  return keys.length === 0 ? [] : [statement("LookAtAdoptedKeys", LOOK, keys)];
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
