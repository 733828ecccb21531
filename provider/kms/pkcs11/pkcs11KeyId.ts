import { createHash, randomBytes } from "node:crypto";
import { authorityIn, type OwnerMarks } from "../ownerMark";

/**
 * The CKA_ID of a key that is made here: eight random octets, and twelve of a digest over them and the owner. Every module
 * takes a CKA_ID, and keeps it from the moment at which the key is there. So a key that a killed run made is known by its own
 * name, and it tells nothing to anybody else.
 */
const NONCE_OCTETS = 8;
const MARK_OCTETS = 12;

/** A new CKA_ID, in hex, for a key of an owner. */
export function newKeyId(owner: string): string {
  const nonce = randomBytes(NONCE_OCTETS);
  return nonce.toString("hex") + markOf(nonce, ownerIn(owner));
}

/** Whether a CKA_ID, in hex, is one that a resource gives, or has given. */
export function isOwnKeyId(id: string, { owner, formerOwners = [] }: OwnerMarks): boolean {
  return [owner, ...formerOwners].some((mark) => isKeyIdOf(id, ownerIn(mark)));
}

/** Whether a CKA_ID, in hex, names an owner: the id of an authority, or the URN of a resource without one. */
export function isKeyIdOf(id: string, owner: string): boolean {
  const nonce = Buffer.from(id.slice(0, 2 * NONCE_OCTETS), "hex");
  return id === nonce.toString("hex") + markOf(nonce, owner);
}

/** A key is told from the others of its authority by its label. */
function ownerIn(mark: string): string {
  return authorityIn(mark) ?? mark;
}

function markOf(nonce: Buffer, owner: string): string {
  const digest = createHash("sha256").update("pulumi-kms-pki").update(nonce).update(owner).digest();
  return digest.subarray(0, MARK_OCTETS).toString("hex");
}
