import { isAbsolute, join } from "node:path";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkKeyDirectory } from "../keyDirectory";
import type { Problem } from "../../../words/problem";
import { checkSecret, PASSPHRASE, requireSecret } from "../../../words/secrets";
import { checkEncryption } from "../softKeyChecks";
import type { Algorithm } from "../../algorithms";
import { SoftKey } from "./softKey";
import type { SigningKey } from "../../../resources/signingKey";
import type { KeyDeclaration, KeySource } from "../../../keySources/keySource";
import { programSecrets } from "../../../keySources/programSecrets";

/** The settings of {@link SoftKeys}. */
export interface SoftKeysArgs {
  /** The folder of the key files, relative to Pulumi.yaml. Default `keys`. A change replaces the keys. */
  directory?: string;
  /** `passphrase` (default), or `none` for key files that anyone who can read them can use. */
  encryption?: "passphrase" | "none";
}

const ARGUMENTS = argumentNames<SoftKeysArgs>({ directory: true, encryption: true });

/**
 * Keys in encrypted files, without an account or hardware: `root.pem`, `intermediate.pem`, `ssh-user-key.pem`,
 * `ssh-host-key.pem`, and for later generations `root-g1.pem` and so on. The passphrase comes from
 * `KMS_PKI_PASSPHRASE_FILE`, `KMS_PKI_PASSPHRASE`, `kms-pki:passphraseFile` or the secret `kms-pki:passphrase`.
 */
export class SoftKeys implements KeySource {
  readonly kms = { type: "softkms" };
  readonly #args: SoftKeysArgs;
  readonly #directory: string;
  readonly #encryption: "passphrase" | "none";

  constructor(args: SoftKeysArgs = {}) {
    const { directory = "keys", encryption = "passphrase" } = args;
    this.#args = args;
    this.#directory = directory;
    this.#encryption = encryption;
  }

  problems(algorithm: Algorithm): Problem[] {
    const sources = programSecrets();
    const path = isAbsolute(this.#directory) ? this.#directory : join(sources.rootDirectory, this.#directory);
    return [
      ...checkArgumentNames(this.#args, ARGUMENTS, "keys"),
      ...checkAlgorithm(algorithm, "algorithm"),
      ...checkEncryption(this.#encryption, "keys.encryption"),
      ...checkKeyDirectory(path, "keys.directory"),
      ...(this.#encryption === "none" ? [] : checkSecret(() => requireSecret(PASSPHRASE, sources))),
    ];
  }

  get fixed(): Readonly<Record<string, unknown>> {
    return { directory: this.#directory, encryption: this.#encryption };
  }

  declareKey({ keyName, name, algorithm, parent, owner, protect, generation }: KeyDeclaration): SigningKey {
    return new SoftKey(
      name,
      {
        ...{ name: keyName, directory: this.#directory, algorithm, encryption: this.#encryption },
        ...{ authorityId: owner.authorityId, formerOwners: owner.formerMarks("SoftKey", name) },
        ...(generation === undefined ? {} : { deleteKey: generation.deleteWhenRetired }),
      },
      { parent, protect },
    );
  }
}
