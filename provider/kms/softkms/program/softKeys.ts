import { isAbsolute, join } from "node:path";
import type { Input } from "../../../pulumi";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkText, checkTextFields } from "../../../inputs/form";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkKeyDirectory } from "../keyDirectory";
import type { Problem } from "../../../words/problem";
import { checkSecret, PASSPHRASE, requireSecret } from "../../../words/secrets";
import { checkAdoptedFile, checkEncryption } from "../softKeyChecks";
import { namedSoftKeyUri } from "../softKeyUri";
import type { Algorithm } from "../../algorithms";
import { derived, givenArgs, withDefault } from "../../../resources/knownInputs";
import { UNKNOWN } from "../../../words/unknown";
import { SoftKey } from "./softKey";
import type { SigningKey } from "../../../resources/signingKey";
import type { KeyDeclaration, KeySource } from "../../../keySources/keySource";
import { checkKeyLabel, checkOneRoleEach } from "../../../keySources/keyServiceChecks";
import type { KeyName } from "../../../authority/keyNames";
import { programSecrets } from "../../../keySources/programSecrets";
import { namesKeyIn, SourceSettings } from "../../../keySources/sourceSettings";

/** The settings of {@link SoftKeys}. */
export interface SoftKeysArgs {
  /** The folder of the key files, relative to Pulumi.yaml. Default `keys`. A change replaces the keys. */
  directory?: Input<string | undefined>;
  /** `passphrase` (default), or `none` for key files that anyone who can read them can use. */
  encryption?: Input<"passphrase" | "none" | undefined>;
  /**
   * Key files that exist, by their paths relative to Pulumi.yaml, in any format that this package reads. They are used as they
   * are, and never changed or deleted. Remove them from here after the `up`.
   */
  adopt?: Readonly<Partial<Record<KeyName, Input<string> | undefined>>> | undefined;
}

const DEFAULT_DIRECTORY = "keys";
const DEFAULT_ENCRYPTION = "passphrase";

const ARGUMENTS = argumentNames<SoftKeysArgs>({ directory: true, encryption: true, adopt: true });

/** @param directory unchecked */
function checkDirectory(directory: unknown, root: string): Problem[] {
  if (typeof directory !== "string" || directory === UNKNOWN) {
    return checkText(directory, "keys.directory");
  }
  return checkKeyDirectory(isAbsolute(directory) ? directory : join(root, directory), "keys.directory");
}

/** @param adopt unchecked */
function checkAdopted(adopt: unknown): Problem[] {
  const problems = checkTextFields(adopt, "keys.adopt");
  if (problems.length > 0 || adopt === undefined) {
    return problems;
  }
  const files = adopt as Readonly<Record<string, string | undefined>>;
  const known = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== UNKNOWN));
  return [
    ...Object.entries(files).flatMap(([key, file]) => [
      ...checkKeyLabel(key, `keys.adopt.${key}`),
      ...checkAdoptedFile(file, `keys.adopt.${key}`),
    ]),
    ...checkOneRoleEach(known, "keys.adopt", namedSoftKeyUri),
  ];
}

/**
 * Keys in encrypted files. They need no account and no hardware. The files are `root.pem`, `intermediate.pem`,
 * `ssh-user-key.pem`, `ssh-host-key.pem`, and for later generations `root-g1.pem` and so on. The passphrase comes from
 * `KMS_PKI_PASSPHRASE_FILE`, `KMS_PKI_PASSPHRASE`, `kms-pki:passphraseFile` or the secret `kms-pki:passphrase`.
 */
export class SoftKeys implements KeySource {
  readonly kms = { type: "softkms" };
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly #settings: SourceSettings<SoftKeysArgs>;
  readonly #directory: Input<string>;
  readonly #encryption: Input<"passphrase" | "none">;
  readonly namesKey = namesKeyIn(() => ({ adopt: this.#adopt }));
  readonly #adopt: SoftKeysArgs["adopt"];

  constructor(args: SoftKeysArgs = {}) {
    const given = givenArgs(args);
    this.#settings = new SourceSettings(given);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.ready = this.#settings.settled;
    this.#directory = withDefault(given.directory, DEFAULT_DIRECTORY);
    this.#encryption = withDefault(given.encryption, DEFAULT_ENCRYPTION);
    this.#adopt = given.adopt;
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
      ...checkAdopted(known.adopt),
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
        adopt: this.#adopt?.[keyName],
        ...{ authorityId: owner.authorityId, formerOwners: owner.formerMarks("SoftKey", name) },
        deleteKey: generation?.deleteWhenRetired,
      },
      { parent, protect },
    );
  }
}
