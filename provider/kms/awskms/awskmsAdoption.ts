import type { KeyMetadata } from "@aws-sdk/client-kms";
import { PkiError } from "../../errors";
import type { Algorithm } from "../algorithms";
import { awsAlgorithm } from "./awsAlgorithms";
import { type AwsKeyOwner, OWNER_TAG, taggedOwner } from "./awsOwnerTag";
import { refuseKeyState } from "./awskmsErrors";
import type { SeenAwsKey } from "./awskmsKeys";

/** The key that a program declares, into whose place another shall come. */
export interface WantedAwsKey {
  readonly algorithm: Algorithm;
  readonly multiRegion: boolean;
  /** The resource that declares it. */
  readonly name: string;
  readonly owner: AwsKeyOwner;
}

const TAKE_OUT = "Take it out of adopt; nothing was imported";

/**
 * Refuses to take into a stack what cannot be the key that it declares. `@pulumi/aws` imports anything, and would have to
 * replace it afterwards.
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
      `the key ${id} bears the tag ${OWNER_TAG}=${tag ?? ""}, so it belongs to another authority or another key than "${wanted.name}"`,
      `${TAKE_OUT}. If what it belonged to is gone for good: aws kms untag-resource --key-id ${id} --tag-keys ${OWNER_TAG}, ` +
        "then adopt it",
    );
  }
  refuseKeyState(metadata.KeyState, { operation: "DescribeKey", keyId: id, region: undefined });
}

function refuseKind(id: string, { KeyUsage: usage, Origin: origin, KeyManager: manager }: KeyMetadata): void {
  const problem =
    usage !== "SIGN_VERIFY"
      ? `has the usage ${usage ?? "unknown"}, and does not sign`
      : manager === "AWS"
        ? "is AWS's own"
        : origin !== undefined && origin !== "AWS_KMS"
          ? `has the origin ${origin}: it was not made by AWS KMS itself`
          : undefined;
  if (problem !== undefined) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key ${id} ${problem}`,
      `${TAKE_OUT}. A key of another origin may be named in existing`,
    );
  }
}

function refuseSpec(id: string, { KeySpec: spec }: KeyMetadata, algorithm: Algorithm): void {
  if (spec !== awsAlgorithm(algorithm)?.keySpec) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the key ${id} has the spec ${spec ?? "unknown"}, which is none for ${algorithm}`,
      `${TAKE_OUT}. Or choose the algorithm that the key was made for`,
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
      `${TAKE_OUT}. A replica may be named in existing`,
    );
  }
  if (MultiRegion !== wanted) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key ${id} is ${MultiRegion ? "a" : "no"} multi-Region key, and multiRegion is ${String(wanted)}`,
      `${TAKE_OUT}. Or set multiRegion to ${String(MultiRegion)}`,
    );
  }
}
