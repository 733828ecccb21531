/** The tag by which a key is found again whose creation was cut off. */
export const OWNER_TAG = "pulumi-kms-pki";

/**
 * Whose a key is by its tag: made for this very key of an authority, taken over for it, anybody else's, or nobody's that
 * is known.
 */
export type TaggedOwner = "own" | "adopted" | "another" | "nobody";

/** What the tag of a key that was taken over says: it is released when it is given up, and nobody made it by mistake. */
export function adoptedTag(owner: string): string {
  return `${owner}:adopted`;
}

/**
 * Reads whose a key is.
 *
 * @param value of the tag; undefined where the key has none
 * @param owner `<project>/<stack>/<name>`
 */
export function taggedOwner(value: string | undefined, owner: string): TaggedOwner {
  if (value === undefined) {
    return "nobody";
  }
  if (value === owner) {
    return "own";
  }
  return value === adoptedTag(owner) ? "adopted" : "another";
}
