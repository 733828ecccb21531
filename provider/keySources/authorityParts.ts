import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "../rotation/authorityPart";
import type { KeyName, KeyRole } from "./keySource";

/** The parts of an authority by their keys. */
const ROLES: Readonly<Record<AuthorityPart, KeyRole>> = {
  root: "root",
  intermediate: "intermediate",
  "ssh-user": "ssh-user-key",
  "ssh-host": "ssh-host-key",
};

/** The key of a part. */
export function roleOf(part: AuthorityPart): KeyRole {
  return ROLES[part];
}

/** The part that a key is of. */
export function partOf(role: KeyRole): AuthorityPart {
  return AUTHORITY_PARTS.find((part) => ROLES[part] === role) ?? "root";
}

/** The name of a generation's key: `ssh-user-key`, `ssh-user-key-g1`. */
export function keyNameOf(part: AuthorityPart, generation: number): KeyName {
  return generation === 0 ? ROLES[part] : `${ROLES[part]}-g${String(generation) as `${number}`}`;
}

/** The name of a generation's key as a resource: `ca-ssh-user-key`, `ca-ssh-user-g1-key`. */
export function keyResource(authority: string, part: AuthorityPart, generation: number): string {
  return `${authority}-${generationLabel(part, generation)}-key`;
}
