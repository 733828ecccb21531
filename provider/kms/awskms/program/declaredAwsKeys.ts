import { all, getProject, getStack, type Input, isDryRun, output, type Output } from "../../../pulumi";
import type { Algorithm } from "../../algorithms";
import { awsAlgorithm } from "../awsAlgorithms";
import { type AwsConnection, awsKeyId } from "../awsKeyUri";
import { ownerTagPattern } from "../awsOwnerTag";
import type { ExistingKey } from "../../../resources/existingKey";
import type { JsonObject } from "../../../stepca/jsonObject";
import type { KeyOwner } from "../../../keySources/authorityOwner";
import type { AwsKmsKeysArgs, KnownAwsSettings } from "./awsKmsKeysArgs";
import { operatorPolicy, stepCaPolicy } from "./awsKmsPolicies";
import type { KeyRole } from "../../../authority/keyNames";

/** A key of AWS KMS that an authority has declared. */
export interface DeclaredAwsKey {
  readonly role: KeyRole;
  readonly isExisting: boolean;
  /** Whether the stack makes a key of this role, now or in a later generation. */
  readonly isMade: boolean;
  readonly algorithm: Algorithm;
  readonly key: ExistingKey;
  readonly owner: KeyOwner;
}

/** The alias of the active key of a role. */
export function aliasName(prefix: string, role: KeyRole): string {
  return `alias/${prefix}-${role}`;
}

/** The settings of a source that determine its IAM policy. */
export interface PolicySettings extends Pick<AwsKmsKeysArgs, "adopt" | "aliasPrefix" | "multiRegion"> {
  /** Its region determines the partition. */
  readonly connection: Input<AwsConnection>;
}

/**
 * The IAM policy for running `pulumi up`, for the keys of one source.
 *
 * @param settled all settings; only the presence of key policies and tags matters
 * @param others keys from elsewhere to sign with
 */
export function operatorPolicyOf(
  settings: PolicySettings,
  settled: Promise<KnownAwsSettings>,
  declared: readonly DeclaredAwsKey[],
  others: readonly ExistingKey[],
): Output<JsonObject> {
  const made = declared.filter(({ isMade }) => isMade);
  const existing = [...declared.filter(({ isExisting }) => isExisting).map(({ key }) => key), ...others];
  const owners = [...new Set(declared.map(({ owner }) => owner))];
  const roles = [...new Set(made.map(({ role }) => role))];
  const keySpecs = [...new Set(made.flatMap(({ algorithm }) => awsAlgorithm(algorithm)?.keySpec ?? []))];
  const isThere = settled.then(({ policy, tags }) => ({ key: policy !== undefined, tags: tags !== undefined }));
  return all([output(settings), isThere, arnsOf(existing), all(owners.map(tagPattern))]).apply(
    ([{ adopt = {}, aliasPrefix, multiRegion, connection }, { key: hasKeyPolicy, tags: hasTags }, arns, patterns]) =>
      operatorPolicy({
        ...{ keySpecs, tags: [...new Set(patterns)], existing: arns, hasKeyPolicy, hasTags, region: connection.region },
        aliases: aliasPrefix === undefined ? [] : roles.map((role) => aliasName(aliasPrefix, role)),
        adopted: Object.values(adopt)
          .filter((id) => id !== undefined)
          .map(awsKeyId),
        isMultiRegion: multiRegion === true,
      }),
  );
}

/** The IAM policy of step-ca, for the keys of one source. */
export function stepCaPolicyOf(declared: readonly DeclaredAwsKey[]): Output<JsonObject> {
  return arnsOf(declared.filter(({ role }) => role !== "root").map(({ key }) => key)).apply(stepCaPolicy);
}

/** The pattern of the owner tags. Known in every preview: before the id exists, it matches all ids. */
function tagPattern({ recorded, authorityId }: KeyOwner): Output<string> {
  const patternOf = (id: string | undefined): string => ownerTagPattern(getProject(), getStack(), id);
  return output(recorded).apply((last) =>
    isDryRun() && last.authorityId === undefined ? output(patternOf(undefined)) : authorityId.apply(patternOf),
  );
}

function arnsOf(keys: readonly ExistingKey[]): Output<string[]> {
  return all(keys.map(({ resourceName }) => resourceName)).apply((arns) => arns.filter((arn) => arn !== undefined));
}
