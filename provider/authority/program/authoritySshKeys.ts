import { all, type Output } from "../../pulumi";
import { sshPublicKey, type SshPublicKey } from "../../ssh/publicKey";
import { certAuthorityLines, trustedUserCaKeys } from "../../ssh/trustLines";
import type { KeyState } from "../../rotation/generation";
import { type SshKeyEntry, sshKeyEntry, type SshKeyType } from "../../stepca/sshKeys";
import type { SshPlan } from "../plan";
import type { AuthorityKey } from "../plannedKey";
import { NOTHING } from "./authorityOutputs";
import type { DeclaredAuthority } from "./declaredAuthority";

/** A key of an SSH CA in a rotation. */
export interface SshKeyGeneration {
  /** From 0. */
  readonly generation: number;
  readonly state: KeyState;
  /** The URI. */
  readonly key: string;
  /** One line in OpenSSH's format. */
  readonly publicKey: string;
}

/** The SSH keys of an authority, in the forms of the outputs and of ca.json. */
export class AuthoritySshKeys {
  readonly #plan: SshPlan;
  readonly #declared: Pick<DeclaredAuthority, "key">;

  constructor(plan: SshPlan, declared: Pick<DeclaredAuthority, "key">) {
    this.#plan = plan;
    this.#declared = declared;
  }

  /** The URI of the active key. */
  uri(type: SshKeyType): Output<string> {
    return this.#declared.key(this.#plan[type][0]).uri;
  }

  /** The public key of the active key. */
  active(type: SshKeyType): Output<SshPublicKey> {
    return this.#publicKey(this.#plan[type][0]);
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
      this.#plan.entries.map(({ key, ...use }) =>
        all([this.#declared.key(key).publicKeyPem, this.#publicKey(key)]).apply(([pem, { fingerprint }]) =>
          sshKeyEntry(use, pem, fingerprint),
        ),
      ),
    );
  }

  /** All generations, the active one first. */
  generations(type: SshKeyType): Output<SshKeyGeneration[]> {
    return all(
      this.#plan[type].map((key) =>
        all([this.#declared.key(key).uri, this.#publicKey(key)]).apply(([uri, { line }]) => ({
          ...{ generation: key.number, state: key.state, key: uri, publicKey: line },
        })),
      ),
    );
  }

  /** The compromised keys, each as a line. */
  revoked(type: SshKeyType): Output<string[]> {
    return all(this.#plan.revoked[type].map((key) => this.#publicKey(key).line));
  }

  #lines(type: SshKeyType): Output<string[]> {
    return all(this.#plan[type].map((key) => this.#publicKey(key).line));
  }

  #publicKey(key: AuthorityKey): Output<SshPublicKey> {
    return this.#declared.key(key).publicKeyPem.apply(sshPublicKey);
  }
}

/** The outputs about the SSH keys in use; undefined without SSH keys. */
export function sshKeyOutputs(keys: AuthoritySshKeys | undefined): Record<string, Output<string | undefined>> {
  const [user, host] = [keys?.active("user"), keys?.active("host")];
  return {
    sshUserKey: keys?.uri("user") ?? NOTHING,
    sshUserPublicKey: user?.line ?? NOTHING,
    sshUserFingerprint: user?.fingerprint ?? NOTHING,
    sshHostKey: keys?.uri("host") ?? NOTHING,
    sshHostPublicKey: host?.line ?? NOTHING,
    sshHostFingerprint: host?.fingerprint ?? NOTHING,
    sshTrustedUserCaKeys: keys?.trustedUserCaKeys ?? NOTHING,
    sshCertAuthority: keys?.certAuthority ?? NOTHING,
  };
}
