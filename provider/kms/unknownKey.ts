import type { RecordedStack } from "./recordedStack";

/** The name of the root stack's project, which its Pulumi.yaml says. */
const ROOT_STACK_PROJECT = "kms-pki";

/** A private key that a KMS holds for a stack and that the stack's state does not know. */
export interface UnknownKey {
  /** Its URI, as step-ca spells it. */
  readonly keyUri: string;
  /** The resource that it was made for, if its mark contains it. */
  readonly madeFor?: string;
  /** The KMS's name of its state: `Enabled`, `ENABLED`. */
  readonly state: string;
  /** The command that discards it. */
  readonly discard: string;
  /** How to adopt it, if the stack has a place for it: a command in the root stack, an argument in a program. */
  readonly adopt?: string;
}

/** The places that were searched, and the keys that were found. */
export interface KeySearch {
  /** The places, for people: `AWS KMS in us-east-1`. */
  readonly asked: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
}

/** How to add a key to `adopt`. Only the root stack reads the setting of that name. */
export function adoption({ project }: RecordedStack, keyName: string, id: string): string {
  return project === ROOT_STACK_PROJECT
    ? `pulumi config set --path 'kms-pki:adopt.${keyName}' ${id} && pulumi up`
    : `give the key source adopt: { "${keyName}": "${id}" }, and run pulumi up`;
}

/** The name of a key in settings such as `adopt`, from its resource's: `ca-ssh-user-g1-key` is `ssh-user-key-g1`. */
export function keyNameOf(resource: string): string | undefined {
  const [, part, generation = ""] = /-(root|intermediate|ssh-user|ssh-host)(-g[0-9]+)?-key$/.exec(resource) ?? [];
  return part === undefined ? undefined : `${part}${part.startsWith("ssh-") ? "-key" : ""}${generation}`;
}
