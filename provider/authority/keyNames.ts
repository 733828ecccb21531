import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "../rotation/authorityPart";

/** The name of each part's key, as smallstep's init tools use it. */
const ROLES = {
  root: "root",
  intermediate: "intermediate",
  "ssh-user": "ssh-user-key",
  "ssh-host": "ssh-host-key",
} as const satisfies Record<AuthorityPart, string>;

/** The role of a key in a certificate authority. The value is the key's name, as smallstep's init tools use it. */
export type KeyRole = (typeof ROLES)[AuthorityPart];

/** All roles. */
export const KEY_ROLES: readonly KeyRole[] = AUTHORITY_PARTS.map((part) => ROLES[part]);

/** The name of a key: its role, or for a later generation `root-g1`. */
export type KeyName = KeyRole | `${KeyRole}-g${number}`;

/** The role of a part's key. */
export function roleOf(part: AuthorityPart): KeyRole {
  return ROLES[part];
}

/** The part of a key. */
export function partOf(role: KeyRole): AuthorityPart {
  return AUTHORITY_PARTS.find((part) => ROLES[part] === role) ?? "root";
}

/** The name of a generation's key: `ssh-user-key`, `ssh-user-key-g1`. */
export function keyNameOf(part: AuthorityPart, generation: number): KeyName {
  return generation === 0 ? ROLES[part] : `${ROLES[part]}-g${String(generation) as `${number}`}`;
}

/** The role of a key by its name, such as `root-g1`; undefined if it is not the name of a key. */
export function roleOfKey(name: string): KeyRole | undefined {
  return KEY_ROLES.find((role) => role === name.replace(/-g[1-9][0-9]*$/, ""));
}

/** The name of a generation's key as a resource: `ca-ssh-user-key`, `ca-ssh-user-g1-key`. */
export function keyResource(authority: string, part: AuthorityPart, generation: number): string {
  return `${authority}-${generationLabel(part, generation)}-key`;
}
