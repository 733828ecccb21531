import { createHash } from "node:crypto";
import { type Algorithm, ALGORITHM_NAMES } from "../algorithms";
import { authorityIn, type OwnerMarks } from "../ownerMark";

const ID_OCTETS = 16;

/**
 * The CKA_ID of a key that is made here, in hex: a digest over the random id of its authority, its label and its algorithm. Every
 * module takes a CKA_ID, and keeps it from the moment at which the key is there. So the id is the mark of the owner: a key that a
 * killed run made is known by its own name.
 *
 * @param owner the mark of the key's resource; of a resource without an authority its URN stands for the id
 */
export function tokenKeyId(owner: string, label: string, algorithm: Algorithm): string {
  const digest = createHash("sha256").update(JSON.stringify(["pulumi-kms-pki", ownerIn(owner), label, algorithm]));
  return digest.digest().subarray(0, ID_OCTETS).toString("hex");
}

/** Whether a key is one that a resource makes, or has made, with whatever algorithm. */
export function isOwnKey(
  { id, label }: { id: string; label: string },
  { owner, formerOwners = [] }: OwnerMarks,
): boolean {
  return [owner, ...formerOwners].some((mark) =>
    ALGORITHM_NAMES.some((algorithm) => tokenKeyId(mark, label, algorithm) === id),
  );
}

/** A key is told from the others of its authority by its label. */
function ownerIn(mark: string): string {
  return authorityIn(mark) ?? mark;
}
