/** A private key that a key management service holds for a stack, and of which the stack's state does not know. */
export interface UnknownKey {
  /** Its URI, as step-ca spells it. */
  readonly keyUri: string;
  /** The resource that it was made for, as far as its mark tells. */
  readonly madeFor?: string;
  /** As the service calls it: `Enabled`, `ENABLED`. */
  readonly state: string;
  /** The command that gives it up. */
  readonly discard: string;
  /** The command that makes it part of the stack, where the stack has a place for it. */
  readonly adopt?: string;
}

/** What was asked, and what was found. */
export interface KeySearch {
  /** Where, for people: `AWS KMS in us-east-1`. */
  readonly asked: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
}

/** The command that names a key in `adopt`. */
export function adoptCommand(keyName: string, id: string): string {
  return `pulumi config set --path 'kms-pki:adopt.${keyName}' ${id} && pulumi up`;
}

/** The name of a key in settings such as `adopt`, from its resource's: `ca-ssh-user-g1-key` is `ssh-user-key-g1`. */
export function keyNameOf(resource: string): string | undefined {
  const [, part, generation = ""] = /-(root|intermediate|ssh-user|ssh-host)(-g[0-9]+)?-key$/.exec(resource) ?? [];
  return part === undefined ? undefined : `${part}${part.startsWith("ssh-") ? "-key" : ""}${generation}`;
}
