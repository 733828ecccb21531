import type { KeyMetadata } from "@aws-sdk/client-kms";
import { PkiError } from "../../errors";
import type { Algorithm } from "../algorithms";
import { awsAlgorithm } from "./awsAlgorithms";
import { type AwsKeyOwner, OWNER_TAG, taggedOwner } from "./awsOwnerTag";
import { refuseKeyState } from "./awskmsErrors";
import type { SeenAwsKey } from "./awskmsKeys";

/** The declared key whose place an adopted key is to take. */
export interface WantedAwsKey {
  readonly algorithm: Algorithm;
  readonly multiRegion: boolean;
  /** The resource that declares it. */
  readonly name: string;
  readonly owner: AwsKeyOwner;
}

const TAKE_OUT = "Remove it from adopt; nothing was imported";

/**
 * Refuses to adopt a key that cannot be the declared one. `@pulumi/aws` imports anything, and would have to replace it
 * afterwards.
 *
 * @throws PkiError `KEY_DISABLED`, `KEY_PENDING_DELETION`, `KEY_UNUSABLE`, `ALGORITHM_UNSUPPORTED`, `KEY_OWNED`
 */
export function requireAdoptable({ metadata, tag }: SeenAwsKey, wanted: WantedAwsKey): void {
  const { KeyId: id = "" } = metadata;
  refuseKind(id, metadata);
  refuseSpec(id, metadata, wanted.algorithm);
  refuseRegions(id, metadata, wanted.multiRegion);
  if (taggedOwner(tag, wanted.owner) === "another") {
    throw new PkiError(
      "KEY_OWNED",
      `the key ${id} bears the tag ${OWNER_TAG}=${tag ?? ""}, so it belongs to another authority, or is not the key "${wanted.name}"`,
      `${TAKE_OUT}. If its owner is gone for good: aws kms untag-resource --key-id ${id} --tag-keys ${OWNER_TAG}, ` +
        "then adopt it",
    );
  }
  refuseKeyState(metadata.KeyState, { operation: "DescribeKey", keyId: id, region: undefined });
}

function refuseKind(id: string, { KeyUsage: usage, Origin: origin, KeyManager: manager }: KeyMetadata): void {
  const problem =
    usage !== "SIGN_VERIFY"
      ? `has the usage ${usage ?? "unknown"} and cannot sign`
      : manager === "AWS"
        ? "is AWS's own"
        : origin !== undefined && origin !== "AWS_KMS"
          ? `has the origin ${origin}: it was not made by AWS KMS itself`
          : undefined;
  if (problem !== undefined) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key ${id} ${problem}`,
      `${TAKE_OUT}. You may use a key of another origin through existing`,
    );
  }
}

function refuseSpec(id: string, { KeySpec: spec }: KeyMetadata, algorithm: Algorithm): void {
  if (spec !== awsAlgorithm(algorithm)?.keySpec) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the key ${id} has the spec ${spec ?? "unknown"}, which does not fit ${algorithm}`,
      `${TAKE_OUT}, or choose the algorithm that the key was made for`,
    );
  }
}

function refuseRegions(
  id: string,
  { MultiRegion = false, MultiRegionConfiguration }: KeyMetadata,
  wanted: boolean,
): void {
  if (MultiRegionConfiguration?.MultiRegionKeyType === "REPLICA") {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key ${id} is a replica of one in ${MultiRegionConfiguration.PrimaryKey?.Region ?? "another region"}`,
      `${TAKE_OUT}. You may use a replica through existing`,
    );
  }
  if (MultiRegion !== wanted) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key ${id} is ${MultiRegion ? "a" : "not a"} multi-Region key, but multiRegion is ${String(wanted)}`,
      `${TAKE_OUT}, or set multiRegion to ${String(MultiRegion)}`,
    );
  }
}
