import { isAbsolute, join } from "node:path";
import { Alias, Key } from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import {
  getProject,
  getStack,
  type Input,
  output,
  type Output,
  type ProviderResource,
  type Resource,
} from "../../../pulumi";
import type { Problem } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { awsAlgorithm } from "../awsAlgorithms";
import { type AwsConnection, awsKmsUri } from "../awsKeyUri";
import { adoptedTag, OWNER_TAG, ownerTag } from "../awsOwnerTag";
import { derived, givenArgs, withDefault, withEntries } from "../../../resources/knownInputs";
import { ExistingKey } from "../../../resources/existingKey";
import type { SigningKey } from "../../../resources/signingKey";
import { endOfTurn } from "../../../resources/turn";
import type { JsonObject } from "../../../stepca/jsonObject";
import type { KmsBlock } from "../../../stepca/config";
import { awsConnection, awsKmsBlock } from "./awsConnection";
import type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
import { AwsAliasNames, KEY_TYPE } from "./awsAliasNames";
import { awsKmsKeeper, AwsTaggedKeys } from "./awsKmsKeeper";
import { checkAwsForms, checkAwsKmsKeys, checkRecordedAwsKey } from "./awsKmsKeysChecks";
import { type DeclaredAwsKey, operatorPolicyOf, stepCaPolicyOf } from "./declaredAwsKeys";
import { KeyBarrier } from "../../../keySources/keyBarrier";
import { checkProvider } from "../../../keySources/keyServiceChecks";
import { keyOrigin } from "../../../keySources/keyOrigin";
import { type FindRecorded, type KeyDeclaration, type KeySource, retention } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import { programSecrets } from "../../../keySources/programSecrets";
import { readRecordedResources } from "../../../keySources/recordedResources";
import { namesKeyIn, SourceSettings } from "../../../keySources/sourceSettings";

const DESCRIPTIONS: Readonly<Record<KeyRole, string>> = {
  root: "Root of a certificate authority",
  intermediate: "Intermediate of a certificate authority",
  "ssh-user-key": "SSH CA for users",
  "ssh-host-key": "SSH CA for hosts",
};

/**
 * Keys in AWS KMS, which Pulumi's provider for AWS makes. A destroyed key is scheduled for deletion. Each generation of a
 * rotation is a separate key, and the alias moves to it when it becomes active. Only `deleteRetiredKeys` deletes a
 * generation that is gone.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { AwsKmsKeys } from "pulumi-kms-pki/awskms";
 *
 * const keys = new AwsKmsKeys({ region: "us-east-1", aliasPrefix: "pki" });
 * const ca = new pki.CertificateAuthority("ca", { keys, name: "Example" });
 * export const stepCaIamPolicy = keys.stepCaPolicy;
 * ```
 */
export class AwsKmsKeys implements KeySource {
  readonly kms: Input<KmsBlock>;
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly namesKey = namesKeyIn(() => this.#args);
  readonly #args: AwsKmsKeysArgs;
  readonly #settings: SourceSettings<Omit<AwsKmsKeysArgs, "provider">>;
  readonly #connection: Input<AwsConnection>;
  readonly #declared: DeclaredAwsKey[] = [];
  readonly #making: Promise<unknown>[] = [];
  readonly #aliases: Alias[] = [];
  readonly #aliasNames: AwsAliasNames;
  readonly #tagged: AwsTaggedKeys;
  readonly #barrier = new KeyBarrier();
  #provider: ProviderResource | undefined;

  constructor(args: AwsKmsKeysArgs = {}) {
    const given = givenArgs(args);
    const { provider, ...settings } = given;
    const { region, profile, credentialsFile, existing, kmsUri } = settings;
    const connection = { region, profile, credentialsFile, existing: { intermediate: existing?.intermediate } };
    this.#args = given;
    this.#settings = new SourceSettings(settings);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.#connection = derived(connection, awsConnection);
    this.#aliasNames = new AwsAliasNames(this.#settledConnection(), given.aliasPrefix);
    this.#tagged = new AwsTaggedKeys(this.#settledConnection(), `${getProject()}/${getStack()}`);
    this.#provider = provider;
    this.kms = derived({ connection, kmsUri }, (known) =>
      awsKmsBlock(awsConnection(known.connection), known.kmsUri === true),
    );
    // Now, before this run records anything itself.
    this.ready = Promise.all([readRecordedResources(), this.#settings.settled]);
  }

  problems(algorithm: Algorithm): Problem[] {
    const { known } = this.#settings;
    const wrong = [...checkAwsForms(known), ...checkProvider(this.#args.provider, Provider, "@pulumi/aws")];
    return wrong.length > 0 ? wrong : checkAwsKmsKeys({ ...known, region: awsConnection(known).region }, algorithm);
  }

  get fixed(): Input<Readonly<Record<string, unknown>>> {
    return derived(
      { connection: this.#connection, multiRegion: this.#args.multiRegion },
      ({ connection, multiRegion }) => ({
        ...(connection.region === undefined ? {} : { region: connection.region }),
        multiRegion: multiRegion ?? false,
      }),
    );
  }

  async recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    const { existing, multiRegion } = await this.#settings.settled;
    const { region } = this.#provider === undefined ? await this.#settledConnection() : {};
    return keys.flatMap((key) =>
      checkRecordedAwsKey(key, find(KEY_TYPE, key.name) ?? find(KEY_TYPE, `${key.name}-adopted`), {
        ...{ region, multiRegion: multiRegion ?? false },
        existing: key.name === key.sharedName ? existing?.[key.role] : undefined,
      }),
    );
  }

  async companions(): Promise<Resource[]> {
    await Promise.all(this.#making);
    return this.#aliases;
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect, generation } = declaration;
    const existing = (generation?.number ?? 0) === 0 ? this.#args.existing?.[role] : undefined;
    const uri = existing ?? this.#makeAwsKey(declaration).keyId.apply((id) => `awskms:key-id=${id}`);
    const kms = derived(this.#connection, (known) => (isGiven(known) ? awsKmsUri(known) : undefined));
    const key = new ExistingKey(name, { uri, algorithm, kms }, { parent, protect });
    const isExisting = existing !== undefined;
    const isMade = !isExisting || generation !== undefined;
    this.#declared.push({ role, isExisting, isMade, algorithm, key, owner: declaration.owner });
    return key;
  }

  /**
   * The IAM policy for the user or role that runs `pulumi up`. It is limited to keys with the id of the authority. A preview before
   * the first `up` does not know the id, and shows a policy for all authorities of the stack.
   */
  get operatorPolicy(): Output<JsonObject> {
    return this.operatorPolicyWith([]);
  }

  /**
   * The same policy, which also allows reading and signing with other keys in AWS, such as that of an existing root.
   *
   * @param others keys that an `ExistingKey` names
   */
  operatorPolicyWith(others: readonly ExistingKey[]): Output<JsonObject> {
    const { adopt, aliasPrefix, multiRegion } = this.#args;
    const settings = { adopt, aliasPrefix, multiRegion, connection: this.#connection };
    return operatorPolicyOf(settings, this.#settings.settled, this.#declared, others);
  }

  /** The IAM policy of step-ca. With it, a stolen step-ca cannot use the root. */
  get stepCaPolicy(): Output<JsonObject> {
    return stepCaPolicyOf(this.#declared);
  }

  /** The settled connection. A value that a preview does not know is `UNKNOWN`. */
  async #settledConnection(): Promise<AwsConnection> {
    return awsConnection(await this.#settings.settled);
  }

  #makeAwsKey(declaration: KeyDeclaration): Output<Key> {
    const making = this.#declareAwsKey(declaration);
    this.#making.push(making);
    return output(making);
  }

  /** Declares a key only when it is known whether to import it, because the engine reads that only once. */
  async #declareAwsKey(declaration: KeyDeclaration): Promise<Key> {
    const { role, keyName, name, algorithm, parent, owner, protect, generation } = declaration;
    const { tags, deletionWindowInDays, multiRegion, policy, description } = this.#args;
    this.#barrier.expect();
    await endOfTurn();
    const connection = await this.#settledConnection();
    const provider = this.#awsProvider(declaration, connection);
    const { adopt, newKeys, multiRegion: isMultiRegion = false } = this.#settings.known;
    const urns = await owner.urnsOf(KEY_TYPE, name);
    const marks = { ...(await owner.recorded), urns };
    const origin = await keyOrigin(
      {
        ...{ keyName, name, algorithm, parent, protect, type: KEY_TYPE, resource: name },
        ...{ adopted: adopt?.[keyName], mayBeNew: newKeys?.includes(keyName) === true },
      },
      awsKmsKeeper(connection, { name, algorithm, multiRegion: isMultiRegion, owner: marks }, this.#tagged),
    );
    const alias = await this.#aliasNames.of(declaration, origin.imported);
    const tag = owner.authorityId.apply((id) => ownerTag(getProject(), getStack(), id, name));
    await this.#barrier.known();
    const key = new Key(
      origin.resource,
      {
        customerMasterKeySpec: awsAlgorithm(algorithm)?.keySpec,
        keyUsage: "SIGN_VERIFY",
        description: withDefault(description, DESCRIPTIONS[role]),
        deletionWindowInDays: withDefault(deletionWindowInDays, 30),
        tags: withEntries(tags, { name: keyName, [OWNER_TAG]: origin.isForeign ? tag.apply(adoptedTag) : tag }),
        ...{ multiRegion, policy },
      },
      {
        ...{ parent, protect, ...retention(generation, origin) },
        ...(provider === undefined ? {} : { provider }),
        // A property that AWS does not report can never equal the declared one.
        ...(origin.imported === undefined ? {} : { import: origin.imported, ignoreChanges: ["deletionWindowInDays"] }),
      },
    );
    if (alias !== undefined) {
      const { name: named, ...options } = alias;
      const alone = { parent, ...(provider === undefined ? {} : { provider }), ...options };
      this.#aliases.push(new Alias(declaration.sharedName, { name: named, targetKeyId: key.keyId }, alone));
    }
    return key;
  }

  /** The provider for all keys of this source. A separate one only if the default one would look elsewhere. */
  #awsProvider({ sharedName, parent }: KeyDeclaration, connection: AwsConnection): ProviderResource | undefined {
    if (this.#provider === undefined && isGiven(connection)) {
      const said = <Value>(of: (known: AwsConnection) => Value) => derived(this.#connection, of);
      this.#provider = new Provider(
        `${sharedName}-aws`,
        {
          region: said(({ region }) => region),
          profile: said(({ profile }) => profile),
          sharedCredentialsFiles: said(({ credentialsFile: file }) => (file === undefined ? file : [absolute(file)])),
        },
        { parent },
      );
    }
    return this.#provider;
  }
}

/** Whether any part of a connection is given. */
function isGiven(connection: AwsConnection): boolean {
  return Object.keys(connection).length > 0;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(programSecrets().rootDirectory, path);
}
