/** The label of a key that an authority made: the authority's id, since a label takes no slash and no capital. */
export const OWNER_LABEL = "pulumi-kms-pki";

/** An authority, by what the labels of its keys may say. */
export interface CloudKeyOwner {
  /** As the last run recorded it; undefined when no key can bear one. */
  readonly authorityId: string | undefined;
  /** Whether the state knows a version of the key: then it was made or taken here, whatever its label says. */
  readonly isUsedHere: boolean;
}

/** Whose a key is by its label: an authority's own, another's, or not told, as of keys that 0.1.0 or somebody else made. */
export function labelledOwner(
  label: string | undefined,
  { authorityId, isUsedHere }: CloudKeyOwner,
): "own" | "doubtful" | "others" {
  if (label !== undefined && label === authorityId) {
    return "own";
  }
  return label === undefined || isUsedHere ? "doubtful" : "others";
}
