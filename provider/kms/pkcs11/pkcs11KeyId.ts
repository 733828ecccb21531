import { createHash, randomBytes } from "node:crypto";
import { authorityIn, type OwnerMarks } from "../ownerMark";

const MARK_OCTETS = 8;
const RANDOM_OCTETS = 8;

/**
 * A new CKA_ID for a key, in hex: the mark of the key's owner, then random octets. Every module takes a CKA_ID with the template of
 * the key, so a key never exists without its mark, and no two keys share an id.
 *
 * @param owner the mark of the key's resource
 */
export function newTokenKeyId(owner: string, label: string): string {
  return idMark(owner, label) + randomBytes(RANDOM_OCTETS).toString("hex");
}

/** Whether the id of a key begins with the mark of an owner. */
export function isOwnKey(
  { id, label }: { id: string; label: string },
  { owner, formerOwners = [] }: OwnerMarks,
): boolean {
  return [owner, ...formerOwners].some((mark) => id.startsWith(idMark(mark, label)));
}

/**
 * A digest of the authority's random id and the key's label. For a resource without an authority, its URN replaces the id. The
 * label distinguishes the keys of an authority.
 */
function idMark(owner: string, label: string): string {
  const named = JSON.stringify(["pulumi-kms-pki", authorityIn(owner) ?? owner, label]);
  return createHash("sha256").update(named).digest().subarray(0, MARK_OCTETS).toString("hex");
}
