import { all, getProject, getStack, output, type Output, runtime } from "@pulumi/pulumi";
import type { Algorithm } from "../../algorithms";
import { awsAlgorithm } from "../awsAlgorithms";
import { awsKeyId } from "../awsKeyUri";
import { ownerTagPattern } from "../awsOwnerTag";
import type { ExistingKey } from "../../../resources/existingKey";
import type { JsonObject } from "../../../stepca/jsonObject";
import type { KeyOwner } from "../../../keySources/authorityOwner";
import type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
import { operatorPolicy, stepCaPolicy } from "./awsKmsPolicies";
import type { KeyRole } from "../../../authority/keyNames";

/** A key of AWS KMS that an authority has declared. */
export interface DeclaredAwsKey {
  readonly role: KeyRole;
  readonly isExisting: boolean;
  /** Whether a key of this role is made here, now or by a coming generation. */
  readonly isMade: boolean;
  readonly algorithm: Algorithm;
  readonly key: ExistingKey;
  readonly owner: KeyOwner;
}

/** The alias of the active key of a role. */
export function aliasName(prefix: string, role: KeyRole): string {
  return `alias/${prefix}-${role}`;
}

/**
 * The IAM policy of whoever runs `pulumi up`, for the keys of one source.
 *
 * @param others keys from elsewhere that are signed with
 * @param region by which the partition is known
 */
export function operatorPolicyOf(
  { adopt = {}, aliasPrefix, multiRegion, policy, tags }: AwsKmsKeysArgs,
  declared: readonly DeclaredAwsKey[],
  others: readonly ExistingKey[],
  region: string | undefined,
): Output<JsonObject> {
  const made = declared.filter(({ isMade }) => isMade);
  const existing = [...declared.filter(({ isExisting }) => isExisting).map(({ key }) => key), ...others];
  const owners = [...new Set(declared.map(({ owner }) => owner))];
  const roles = [...new Set(made.map(({ role }) => role))];
  const needs = {
    keySpecs: [...new Set(made.flatMap(({ algorithm }) => awsAlgorithm(algorithm)?.keySpec ?? []))],
    aliases: aliasPrefix === undefined ? [] : roles.map((role) => aliasName(aliasPrefix, role)),
    adopted: Object.values(adopt)
      .filter((id) => id !== undefined)
      .map(awsKeyId),
    isMultiRegion: multiRegion === true,
    hasKeyPolicy: policy !== undefined,
    hasTags: tags !== undefined,
    region,
  };
  return all([arnsOf(existing), all(owners.map(tagPattern))]).apply(([arns, patterns]) =>
    operatorPolicy({ ...needs, tags: [...new Set(patterns)], existing: arns }),
  );
}

/** The IAM policy of step-ca, for the keys of one source. */
export function stepCaPolicyOf(declared: readonly DeclaredAwsKey[]): Output<JsonObject> {
  return arnsOf(declared.filter(({ role }) => role !== "root").map(({ key }) => key)).apply(stepCaPolicy);
}

/** Known in every preview: where the id is yet to be made, by the pattern of all ids. */
function tagPattern({ recorded, authorityId }: KeyOwner): Output<string> {
  const patternOf = (id: string | undefined): string => ownerTagPattern(getProject(), getStack(), id);
  return output(recorded).apply((last) =>
    runtime.isDryRun() && last.authorityId === undefined ? output(patternOf(undefined)) : authorityId.apply(patternOf),
  );
}

function arnsOf(keys: readonly ExistingKey[]): Output<string[]> {
  return all(keys.map(({ resourceName }) => resourceName)).apply((arns) => arns.filter((arn) => arn !== undefined));
}
