import { all, type Output } from "@pulumi/pulumi";
import type { SshPublicKey } from "../ssh/publicKey";
import { certAuthorityLines, trustedUserCaKeys } from "../ssh/trustLines";
import type { AuthorityState } from "../rotation/authorityState";
import type { GenerationState } from "../rotation/generation";
import { type SshKeyEntry, sshKeyEntry, type SshKeyType } from "../stepca/sshKeys";
import type { AuthorityKeys } from "./authorityKeys";

/** One key of an SSH CA, among those that take turns. */
export interface SshKeyGeneration {
  /** From 0. */
  readonly generation: number;
  readonly state: GenerationState;
  /** The URI. */
  readonly key: string;
  /** One line as OpenSSH writes it. */
  readonly publicKey: string;
}

/** The SSH keys of an authority, in the forms in which others want them. */
export class AuthoritySshKeys {
  readonly #keys: Pick<AuthorityKeys, "get">;
  readonly #state: AuthorityState;

  constructor(keys: Pick<AuthorityKeys, "get">, state: AuthorityState) {
    this.#keys = keys;
    this.#state = state;
  }

  /** The URI of the key that signs. */
  uri(type: SshKeyType): Output<string> {
    return this.#keys.get(partOf(type), this.#active(type)).uri;
  }

  /** The public half of the key that signs. */
  active(type: SshKeyType): Output<SshPublicKey> {
    return this.#publicKey(type, this.#active(type));
  }

  /** The content of the file that sshd's `TrustedUserCAKeys` names. */
  get trustedUserCaKeys(): Output<string> {
    return this.#lines("user").apply(trustedUserCaKeys);
  }

  /** The `@cert-authority` lines of a client's `known_hosts`. */
  get certAuthority(): Output<string> {
    return this.#lines("host").apply((lines) => certAuthorityLines(lines));
  }

  /** `ssh.keys` of ca.json. */
  get entries(): Output<SshKeyEntry[]> {
    return all(
      this.#state.caConfig.ssh.keys.map(({ type, generation, federated }) =>
        all([this.#keys.get(partOf(type), generation).publicKeyPem, this.#publicKey(type, generation)]).apply(
          ([pem, { fingerprint }]) => sshKeyEntry({ type, federated }, pem, fingerprint),
        ),
      ),
    );
  }

  /** All generations, the active one first. */
  generations(type: SshKeyType): Output<SshKeyGeneration[]> {
    const existing = this.#state.generations[partOf(type)];
    return all(
      this.#generations(type).map((number) =>
        all([this.#keys.get(partOf(type), number).uri, this.#publicKey(type, number)]).apply(([key, { line }]) => ({
          generation: number,
          state: existing.find((each) => each.number === number)?.state ?? "active",
          key,
          publicKey: line,
        })),
      ),
    );
  }

  #lines(type: SshKeyType): Output<string[]> {
    return all(this.#generations(type).map((number) => this.#publicKey(type, number).line));
  }

  #publicKey(type: SshKeyType, generation: number): Output<SshPublicKey> {
    return this.#keys.get(partOf(type), generation).publicKeyPem.apply(toSshPublicKey);
  }

  /** The generation that signs. */
  #active(type: SshKeyType): number {
    const { userKey, hostKey } = this.#state.caConfig.ssh;
    return type === "user" ? userKey : hostKey;
  }

  /** The active one first. */
  #generations(type: SshKeyType): readonly number[] {
    const { trustedUserCaKeys, certAuthority } = this.#state.caConfig.ssh;
    return type === "user" ? trustedUserCaKeys : certAuthority;
  }
}

function partOf(type: SshKeyType): "ssh-user" | "ssh-host" {
  return `ssh-${type}`;
}

/** Loaded only by an authority that has SSH keys, and in a preview of a new one not even then. */
async function toSshPublicKey(publicKeyPem: string): Promise<SshPublicKey> {
  const { sshPublicKey } = await import("../ssh/publicKey.js");
  return sshPublicKey(publicKeyPem);
}
