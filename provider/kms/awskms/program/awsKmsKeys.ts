import { isAbsolute, join } from "node:path";
import { Alias, Key } from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import { getProject, getStack, output, type Output, type ProviderResource, type Resource } from "@pulumi/pulumi";
import type { Problem } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { awsAlgorithm } from "../awsAlgorithms";
import { type AwsConnection, awsKmsUri } from "../awsKeyUri";
import { adoptedTag, OWNER_TAG, ownerTag } from "../awsOwnerTag";
import { ExistingKey } from "../../../resources/existingKey";
import type { SigningKey } from "../../../resources/signingKey";
import { endOfTurn } from "../../../resources/turn";
import type { JsonObject } from "../../../stepca/jsonObject";
import type { KmsBlock } from "../../../stepca/config";
import { awsConnection, awsKmsBlock } from "./awsConnection";
import type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
import { AwsAliasNames, KEY_TYPE } from "./awsAliasNames";
import { awsKmsKeeper, AwsTaggedKeys } from "./awsKmsKeeper";
import { checkAwsKmsKeys, checkRecordedAwsKey } from "./awsKmsKeysChecks";
import { type DeclaredAwsKey, operatorPolicyOf, stepCaPolicyOf } from "./declaredAwsKeys";
import { KeyBarrier } from "../../../keySources/keyBarrier";
import { keyOrigin } from "../../../keySources/keyOrigin";
import { type FindRecorded, type KeyDeclaration, type KeySource, retention } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import { programSecrets } from "../../../keySources/programSecrets";
import { readRecordedResources } from "../../../keySources/recordedResources";

const DESCRIPTIONS: Readonly<Record<KeyRole, string>> = {
  root: "Root of a certificate authority",
  intermediate: "Intermediate of a certificate authority",
  "ssh-user-key": "SSH CA for users",
  "ssh-host-key": "SSH CA for hosts",
};

/**
 * Keys in AWS KMS, made through `@pulumi/aws`. A destroyed key is scheduled for deletion. Each generation of a rotation is a
 * key of its own, and the alias moves to it when it becomes active. Only `deleteRetiredKeys` deletes a generation that is gone.
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
  readonly kms: KmsBlock;
  readonly ready: Promise<unknown>;
  readonly #args: AwsKmsKeysArgs;
  readonly #connection: AwsConnection;
  readonly #declared: DeclaredAwsKey[] = [];
  readonly #making: Promise<unknown>[] = [];
  readonly #aliases: Alias[] = [];
  readonly #aliasNames: AwsAliasNames;
  readonly #tagged: AwsTaggedKeys;
  readonly #barrier = new KeyBarrier();
  #provider: ProviderResource | undefined;

  constructor(args: AwsKmsKeysArgs = {}) {
    this.#args = args;
    this.#connection = awsConnection(args, args.existing?.intermediate);
    this.#aliasNames = new AwsAliasNames(this.#connection, args.aliasPrefix);
    this.#tagged = new AwsTaggedKeys(this.#connection, `${getProject()}/${getStack()}`);
    this.#provider = args.provider;
    this.kms = awsKmsBlock(this.#connection, args.kmsUri === true);
    this.ready = readRecordedResources(); // now, before this run records anything itself
  }

  problems(algorithm: Algorithm): Problem[] {
    const { region } = this.#connection;
    return checkAwsKmsKeys({ ...this.#args, ...(region === undefined ? {} : { region }) }, algorithm);
  }

  get fixed(): Readonly<Record<string, unknown>> {
    const { region } = this.#connection;
    return { ...(region === undefined ? {} : { region }), multiRegion: this.#args.multiRegion ?? false };
  }

  recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    const { existing, multiRegion } = this.#args;
    const { region } = this.#provider === undefined ? this.#connection : {};
    const problems = keys.flatMap((key) =>
      checkRecordedAwsKey(key, find(KEY_TYPE, key.name) ?? find(KEY_TYPE, `${key.name}-adopted`), {
        ...{ region, multiRegion: multiRegion ?? false },
        existing: key.name === key.sharedName ? existing?.[key.role] : undefined,
      }),
    );
    return Promise.resolve(problems);
  }

  async companions(): Promise<Resource[]> {
    await Promise.all(this.#making);
    return this.#aliases;
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect, generation } = declaration;
    const existing = (generation?.number ?? 0) === 0 ? this.#args.existing?.[role] : undefined;
    const uri = existing ?? this.#makeAwsKey(declaration).keyId.apply((id) => `awskms:key-id=${id}`);
    const kms = this.#isConnectionGiven ? { kms: awsKmsUri(this.#connection) } : {};
    const key = new ExistingKey(name, { uri, algorithm, ...kms }, { parent, protect });
    const isExisting = existing !== undefined;
    const isMade = !isExisting || generation !== undefined;
    this.#declared.push({ role, isExisting, isMade, algorithm, key, owner: declaration.owner });
    return key;
  }

  /**
   * The IAM policy of whoever runs `pulumi up`. It is limited to keys with the id of the authority. A preview before the first `up`
   * does not know the id, and shows a policy for all authorities of the stack.
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
    return operatorPolicyOf(this.#args, this.#declared, others, this.#connection.region);
  }

  /** The IAM policy of step-ca. With it, a stolen step-ca cannot use the root. */
  get stepCaPolicy(): Output<JsonObject> {
    return stepCaPolicyOf(this.#declared);
  }

  get #isConnectionGiven(): boolean {
    return Object.keys(this.#connection).length > 0;
  }

  #makeAwsKey(declaration: KeyDeclaration): Output<Key> {
    const making = this.#declareAwsKey(declaration);
    this.#making.push(making);
    return output(making);
  }

  /** Declared only when it is clear whether the key is to be imported: the engine reads that once. */
  async #declareAwsKey(declaration: KeyDeclaration): Promise<Key> {
    const { role, keyName, name, algorithm, parent, owner, protect, generation } = declaration;
    const { adopt, newKeys, tags, deletionWindowInDays = 30, multiRegion, policy } = this.#args;
    const provider = this.#awsProvider(declaration);
    this.#barrier.expect();
    await endOfTurn();
    const urns = await owner.urnsOf(KEY_TYPE, name);
    const marks = { ...(await owner.recorded), urns };
    const origin = await keyOrigin(
      {
        ...{ keyName, name, algorithm, parent, protect, type: KEY_TYPE, resource: name },
        ...{ adopted: adopt?.[keyName], mayBeNew: newKeys?.includes(keyName) === true },
      },
      awsKmsKeeper(
        this.#connection,
        { name, algorithm, multiRegion: multiRegion ?? false, owner: marks },
        this.#tagged,
      ),
    );
    const alias = await this.#aliasNames.of(declaration, origin.imported);
    const tag = owner.authorityId.apply((id) => ownerTag(getProject(), getStack(), id, name));
    await this.#barrier.known();
    const key = new Key(
      origin.resource,
      {
        customerMasterKeySpec: awsAlgorithm(algorithm)?.keySpec,
        keyUsage: "SIGN_VERIFY",
        description: this.#args.description ?? DESCRIPTIONS[role],
        deletionWindowInDays,
        tags: { ...tags, name: keyName, [OWNER_TAG]: origin.isForeign ? tag.apply(adoptedTag) : tag },
        ...(multiRegion === undefined ? {} : { multiRegion }),
        ...(policy === undefined ? {} : { policy }),
      },
      {
        ...{ parent, protect, ...retention(generation, origin) },
        ...(provider === undefined ? {} : { provider }),
        // What AWS does not tell of a key cannot equal what is declared.
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

  /** A provider of our own only where the default one would look elsewhere; one for all keys of this source. */
  #awsProvider({ sharedName, parent }: KeyDeclaration): ProviderResource | undefined {
    const { region, profile, credentialsFile } = this.#connection;
    if (this.#provider === undefined && this.#isConnectionGiven) {
      this.#provider = new Provider(
        `${sharedName}-aws`,
        {
          ...(region === undefined ? {} : { region: region as never }),
          ...(profile === undefined ? {} : { profile }),
          ...(credentialsFile === undefined ? {} : { sharedCredentialsFiles: [absolute(credentialsFile)] }),
        },
        { parent },
      );
    }
    return this.#provider;
  }
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(programSecrets().rootDirectory, path);
}
