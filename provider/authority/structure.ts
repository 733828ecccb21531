import { type Algorithm, sshAlgorithm } from "../kms/algorithms";
import type { Answers } from "../rotation/awaitedAnswers";
import { AUTHORITY_PARTS, type AuthorityPart } from "../rotation/authorityPart";
import type { Instant } from "../rotation/schedule";
import { readRotation, type Rotation, type RotationArgs } from "../rotation/rotation";

/** The settings that decide which keys and certificates an authority has. */
export interface AuthorityStructure {
  readonly algorithm: Algorithm;
  readonly ssh: boolean;
  /** Whether the first root is an existing root. */
  readonly hasExistingRoot: boolean;
  /**
   * For intermediates that an issuer elsewhere signs: which requests it has answered. There is no root of the authority's own then.
   * Undefined if the authority has a root.
   */
  readonly answers: Answers | undefined;
  /**
   * Until when the first intermediate, which an issuer elsewhere signed before it was the authority's, needs no request. Undefined if
   * it is not adopted, or answered anew.
   */
  readonly unaskedUntil: Instant | undefined;
  /** A checked rotation; undefined if nothing ever changes. */
  readonly rotation: RotationArgs | undefined;
  /** Whether the engine refuses to delete or replace anything that does not rotate. */
  readonly protect: boolean;
  readonly deleteRetiredKeys: boolean;
  /** Whether its CAs have revocation lists. */
  readonly hasLists: boolean;
}

/** Reads the rotation. Without one, nothing ever changes. */
export function rotationOf({ rotation = {} }: Pick<AuthorityStructure, "rotation">): Rotation {
  return readRotation(rotation);
}

/** The parts of an authority. Each has a key, made by the stack or existing. */
export function partsOf({ ssh }: Pick<AuthorityStructure, "ssh">): AuthorityPart[] {
  return AUTHORITY_PARTS.filter((part) => ssh || !part.startsWith("ssh-"));
}

/** The algorithm of a part's keys. */
export function algorithmOfPart({ algorithm }: Pick<AuthorityStructure, "algorithm">, part: AuthorityPart): Algorithm {
  return part.startsWith("ssh-") ? sshAlgorithm(algorithm) : algorithm;
}

/** Whether the authority makes a generation, rather than using an existing one. */
export function isMade(
  { hasExistingRoot, answers }: Pick<AuthorityStructure, "hasExistingRoot" | "answers">,
  part: AuthorityPart,
  generation: number,
): boolean {
  return part !== "root" || (answers === undefined && (generation > 0 || !hasExistingRoot));
}
