import { type Algorithm, sshAlgorithm } from "../kms/algorithms";
import { AUTHORITY_PARTS, type AuthorityPart } from "../rotation/authorityPart";
import { readRotation, type Rotation, type RotationArgs } from "../rotation/rotation";

/** The settings that decide which keys and certificates an authority has. */
export interface AuthorityStructure {
  readonly algorithm: Algorithm;
  readonly ssh: boolean;
  /** Whether the first root is somebody else's. */
  readonly hasExistingRoot: boolean;
  /** Checked, or undefined where nothing ever changes. */
  readonly rotation: RotationArgs | undefined;
  /** Whether the engine refuses to delete or replace what is not rotated. */
  readonly protect: boolean;
  readonly deleteRetiredKeys: boolean;
}

/** The rotation, read. Without one, nothing ever changes. */
export function rotationOf({ rotation = {} }: Pick<AuthorityStructure, "rotation">): Rotation {
  return readRotation(rotation);
}

/** The parts of an authority, of which each has a key, by itself or in somebody else's hands. */
export function partsOf({ ssh }: Pick<AuthorityStructure, "ssh">): AuthorityPart[] {
  return AUTHORITY_PARTS.filter((part) => ssh || !part.startsWith("ssh-"));
}

/** What the keys of a part sign with. */
export function algorithmOfPart({ algorithm }: Pick<AuthorityStructure, "algorithm">, part: AuthorityPart): Algorithm {
  return part.startsWith("ssh-") ? sshAlgorithm(algorithm) : algorithm;
}

/** Whether the authority makes a generation, rather than find it there. */
export function isMade(
  { hasExistingRoot }: Pick<AuthorityStructure, "hasExistingRoot">,
  part: AuthorityPart,
  generation: number,
): boolean {
  return part !== "root" || generation > 0 || !hasExistingRoot;
}
