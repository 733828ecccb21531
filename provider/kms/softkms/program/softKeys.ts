import { isAbsolute, join } from "node:path";
import type { Input } from "../../../pulumi";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkText } from "../../../inputs/form";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkKeyDirectory } from "../keyDirectory";
import type { Problem } from "../../../words/problem";
import { checkSecret, PASSPHRASE, requireSecret } from "../../../words/secrets";
import { checkEncryption } from "../softKeyChecks";
import type { Algorithm } from "../../algorithms";
import { derived, givenArgs, withDefault } from "../../../resources/knownInputs";
import { UNKNOWN } from "../../../words/unknown";
import { SoftKey } from "./softKey";
import type { SigningKey } from "../../../resources/signingKey";
import type { KeyDeclaration, KeySource } from "../../../keySources/keySource";
import { programSecrets } from "../../../keySources/programSecrets";
import { SourceSettings } from "../../../keySources/sourceSettings";

/** The settings of {@link SoftKeys}. */
export interface SoftKeysArgs {
  /** The folder of the key files, relative to Pulumi.yaml. Default `keys`. A change replaces the keys. */
  directory?: Input<string | undefined>;
  /** `passphrase` (default), or `none` for key files that anyone who can read them can use. */
  encryption?: Input<"passphrase" | "none" | undefined>;
}

const DEFAULT_DIRECTORY = "keys";
const DEFAULT_ENCRYPTION = "passphrase";

const ARGUMENTS = argumentNames<SoftKeysArgs>({ directory: true, encryption: true });

/** @param directory unchecked */
function checkDirectory(directory: unknown, root: string): Problem[] {
  if (typeof directory !== "string" || directory === UNKNOWN) {
    return checkText(directory, "keys.directory");
  }
  return checkKeyDirectory(isAbsolute(directory) ? directory : join(root, directory), "keys.directory");
}

/**
 * Keys in encrypted files, without an account or hardware: `root.pem`, `intermediate.pem`, `ssh-user-key.pem`,
 * `ssh-host-key.pem`, and for later generations `root-g1.pem` and so on. The passphrase comes from
 * `KMS_PKI_PASSPHRASE_FILE`, `KMS_PKI_PASSPHRASE`, `kms-pki:passphraseFile` or the secret `kms-pki:passphrase`.
 */
export class SoftKeys implements KeySource {
  readonly kms = { type: "softkms" };
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly #settings: SourceSettings<SoftKeysArgs>;
  readonly #directory: Input<string>;
  readonly #encryption: Input<"passphrase" | "none">;

  constructor(args: SoftKeysArgs = {}) {
    const given = givenArgs(args);
    this.#settings = new SourceSettings(given);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.ready = this.#settings.settled;
    this.#directory = withDefault(given.directory, DEFAULT_DIRECTORY);
    this.#encryption = withDefault(given.encryption, DEFAULT_ENCRYPTION);
  }

  problems(algorithm: Algorithm): Problem[] {
    const sources = programSecrets();
    const { known } = this.#settings;
    const [directory, encryption] = [known.directory ?? DEFAULT_DIRECTORY, known.encryption ?? DEFAULT_ENCRYPTION];
    return [
      ...checkArgumentNames(known, ARGUMENTS, "keys"),
      ...checkAlgorithm(algorithm, "algorithm"),
      ...checkEncryption(encryption, "keys.encryption"),
      ...checkDirectory(directory, sources.rootDirectory),
      ...(encryption === "passphrase" ? checkSecret(() => requireSecret(PASSPHRASE, sources)) : []),
    ];
  }

  get fixed(): Input<Readonly<Record<string, unknown>>> {
    return derived({ directory: this.#directory, encryption: this.#encryption }, (known) => known);
  }

  declareKey({ keyName, name, algorithm, parent, owner, protect, generation }: KeyDeclaration): SigningKey {
    return new SoftKey(
      name,
      {
        ...{ name: keyName, directory: this.#directory, algorithm, encryption: this.#encryption },
        ...{ authorityId: owner.authorityId, formerOwners: owner.formerMarks("SoftKey", name) },
        deleteKey: generation?.deleteWhenRetired,
      },
      { parent, protect },
    );
  }
}
