import type { Algorithm } from "../kms/algorithms";
import type { AuthorityPart } from "../rotation/authorityPart";
import type { KeyState } from "../rotation/generation";
import type { Rotation } from "../rotation/rotation";
import { type KeyName, keyNameOf, keyResource, type KeyRole, roleOf } from "./keyNames";
import { algorithmOfPart, type AuthorityStructure } from "./structure";

/** The generation of a rotated key. */
export interface KeyGeneration {
  /** From 0. */
  readonly number: number;
  readonly state: KeyState;
  /** Whether the key itself is deleted when it leaves the program, or only released. Recorded with the key. */
  readonly deleteWhenRetired: boolean;
}

/** A key that a source is going to declare. */
export interface PlannedKey {
  readonly role: KeyRole;
  /** The name that distinguishes the key, such as in a file's name: `root`, `root-g1`. */
  readonly keyName: KeyName;
  /** The resource's name. */
  readonly name: string;
  /** The name for everything that all keys of the role share: the name of generation 0. */
  readonly sharedName: string;
  readonly algorithm: Algorithm;
  /** Whether the engine refuses to delete or replace the key. Never for a rotated key, which must be able to go. */
  readonly protect: boolean;
  /** The same for everything that all keys of the role share. */
  readonly protectShared: boolean;
  /** Absent for a key that is never rotated. */
  readonly generation?: KeyGeneration;
}

/** A key that the authority has made. */
export interface AuthorityKey extends PlannedKey {
  readonly part: AuthorityPart;
  readonly number: number;
  readonly state: KeyState;
}

/** The key of a generation. */
export function plannedKey(
  authority: string,
  structure: AuthorityStructure,
  { schedules, compromised }: Rotation,
  part: AuthorityPart,
  { number, state }: { readonly number: number; readonly state: KeyState },
): AuthorityKey {
  const { protect, deleteRetiredKeys: deleteWhenRetired } = structure;
  const isScheduled = schedules[part] !== undefined;
  const isRotated = isScheduled || compromised[part].length > 0;
  return {
    ...{ part, number, state, role: roleOf(part), keyName: keyNameOf(part, number) },
    ...{ name: keyResource(authority, part, number), sharedName: keyResource(authority, part, 0) },
    algorithm: algorithmOfPart(structure, part),
    ...{ protect: protect && !isScheduled && state !== "compromised", protectShared: protect },
    ...(isRotated ? { generation: { number, state, deleteWhenRetired } } : {}),
  };
}
