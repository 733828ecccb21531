import type { JsonObject } from "../stepca/config";
import { OWNER_TAG } from "../kms/awsOwnerTag";

/** What `@pulumi/aws` does with a key, and this package. */
const OPERATOR_ACTIONS = [
  "kms:CancelKeyDeletion",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:EnableKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:GetPublicKey",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:Sign",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/**
 * The IAM policy of whoever runs `pulumi up`: it may make keys that bear the tag of this authority, and use and manage
 * such keys alone.
 *
 * @param tags what the tags of its keys match, such as `project/stack/<authority id>/*`
 * @param existing ARNs of keys that were there before, which may be read and signed with
 * @param aliases the names of the aliases
 * @param region by which the partition is known: Amazon's regions in China and for governments have their own
 */
export function operatorPolicy(
  tags: readonly string[],
  existing: readonly string[],
  aliases: readonly string[],
  region?: string,
): JsonObject {
  const partition = partitionOf(region);
  const tagged = (where: "RequestTag" | "ResourceTag"): JsonObject => ({
    StringLike: { [`aws:${where}/${OWNER_TAG}`]: tags.length === 1 ? tags[0] : tags },
  });
  return policy([
    {
      Sid: "MakeKeys",
      Effect: "Allow",
      Action: ["kms:CreateKey", "kms:TagResource"],
      Resource: "*",
      Condition: tagged("RequestTag"),
    },
    {
      Sid: "FindKeys",
      Effect: "Allow",
      Action: ["kms:ListAliases", "kms:ListKeys", "kms:ListResourceTags"],
      Resource: "*",
    },
    {
      Sid: "UseOwnKeys",
      Effect: "Allow",
      Action: OPERATOR_ACTIONS,
      Resource: `arn:${partition}:kms:*:*:key/*`,
      Condition: tagged("ResourceTag"),
    },
    ...(aliases.length === 0
      ? []
      : [
          {
            Sid: "NameKeys",
            Effect: "Allow",
            Action: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
            Resource: aliases.map((alias) => `arn:${partition}:kms:*:*:${alias}`),
          },
          {
            Sid: "NameOwnKeys",
            Effect: "Allow",
            Action: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
            Resource: `arn:${partition}:kms:*:*:key/*`,
            Condition: tagged("ResourceTag"),
          },
        ]),
    ...(existing.length === 0
      ? []
      : [
          {
            Sid: "UseExistingKeys",
            Effect: "Allow",
            Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
            Resource: existing,
          },
        ]),
  ]);
}

/** The IAM policy of step-ca: it may sign with these keys, among which the root's is not. */
export function stepCaPolicy(arns: readonly string[]): JsonObject {
  return policy([{ Sid: "Sign", Effect: "Allow", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: arns }]);
}

function partitionOf(region = ""): string {
  const [, name] = /^(cn|us-gov)-/.exec(region) ?? [];
  return name === undefined ? "aws" : `aws-${name}`;
}

function policy(statements: readonly JsonObject[]): JsonObject {
  return { Version: "2012-10-17", Statement: statements };
}
