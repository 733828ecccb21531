/**
 * The label of a key that an authority made. Its value is only the authority's id, because a label cannot hold slashes
 * or capitals.
 */
export const OWNER_LABEL = "pulumi-kms-pki";

/** An authority, with the labels that its keys may have. */
export interface CloudKeyOwner {
  /** As the last run recorded it; undefined if no key can bear one yet. */
  readonly authorityId: string | undefined;
  /** Whether the state knows a version of the key. Then the key belongs to the stack, whatever its label says. */
  readonly isUsedHere: boolean;
}

/**
 * The owner of a key by its label: this authority, another one, or unknown, as for keys that 0.1.0 or someone else made.
 */
export function labelledOwner(
  label: string | undefined,
  { authorityId, isUsedHere }: CloudKeyOwner,
): "own" | "doubtful" | "others" {
  if (label !== undefined && label === authorityId) {
    return "own";
  }
  return label === undefined || isUsedHere ? "doubtful" : "others";
}
