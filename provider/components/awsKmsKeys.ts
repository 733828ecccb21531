import { isAbsolute, join } from "node:path";
import { Alias, Key } from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import {
  type CustomResourceOptions,
  getProject,
  getStack,
  type Input,
  output,
  type Output,
  type ProviderResource,
  type Resource,
} from "@pulumi/pulumi";
import type { Problem } from "../inputs/problem";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import { type AwsConnection, awsKmsUri } from "../kms/awsKeyUri";
import { adoptedTag, OWNER_TAG, ownerTag } from "../kms/awsOwnerTag";
import { PublicKey } from "../resources/publicKey";
import type { SigningKey } from "../resources/signingKey";
import { endOfTurn } from "../resources/turn";
import type { JsonObject, KmsBlock } from "../stepca/config";
import { awsConnection, awsKmsBlock } from "./awsConnection";
import { aliasOptions } from "./awsKmsAlias";
import { awsKmsAliases, awsKmsKeeper, AwsTaggedKeys } from "./awsKmsKeeper";
import { checkAwsKmsKeys, checkRecordedAwsKey } from "./awsKmsKeysChecks";
import { aliasName, type DeclaredAwsKey, operatorPolicyOf, stepCaPolicyOf } from "./declaredAwsKeys";
import { KeyBarrier } from "./keyBarrier";
import { keyOrigin } from "./keyOrigin";
import {
  type FindRecorded,
  type KeyDeclaration,
  type KeyName,
  type KeyRole,
  type KeySource,
  type PlannedKey,
  retention,
} from "./keySource";
import { programSecrets } from "./programSecrets";
import { findRecorded, readRecordedResources, recordedResources } from "./recordedResources";
import { childUrns, knownResource } from "./resourceUrns";

/** The settings of {@link AwsKmsKeys}. */
export interface AwsKmsKeysArgs {
  /** Default: as the AWS SDKs find it (`AWS_REGION`, the profile). In ca.json as it is here. */
  region?: string;
  /** A profile of the shared configuration files. In ca.json as it is here. */
  profile?: string;
  /** A shared credentials file instead of `~/.aws/credentials`, relative to Pulumi.yaml. In ca.json as it is here. */
  credentialsFile?: string;
  /**
   * What `@pulumi/aws` makes the keys with, such as one that assumes a role in another account. What reads and signs
   * goes by region, profile and credentialsFile: name a profile that assumes the same role.
   */
  provider?: ProviderResource;
  /** Writes the `kms` block of ca.json in its `uri` form. Default false: one field each. */
  kmsUri?: boolean;
  /**
   * Keys that are there already: a key id, key ARN, alias, alias ARN or `awskms:key-id=...`. They are used and never
   * changed or deleted. Of what is rotated they are the first generation.
   */
  existing?: Partial<Record<KeyRole, string>>;
  /** Keys that are made part of this stack, as after a run that was cut off: their ids. A later generation is `root-g1`. */
  adopt?: Partial<Record<KeyName, string>>;
  /** Keys that may be made anew although the state knows of one that is lost. */
  newKeys?: readonly KeyName[];
  /** With it each key has the alias `alias/<aliasPrefix>-<key>`, such as `alias/pki-root`; of keys that take turns the active one. Lower case. */
  aliasPrefix?: string;
  /** The description of the keys. Default: what the key is for. A change updates. */
  description?: string;
  /** Tags of the keys, beside `name` and the one by which a key is found again. A change updates. */
  tags?: Record<string, string>;
  /** How long a deletion can be cancelled: 7 to 30 days, 30 by default. A change updates. */
  deletionWindowInDays?: number;
  /** Whether the keys are multi-Region primary keys. Default false. A change replaces. */
  multiRegion?: boolean;
  /** The key policy as JSON. AWS's own by default, which leaves it to IAM. A change updates. */
  policy?: Input<string>;
}

const KEY_TYPE = "aws:kms/key:Key";

const DESCRIPTIONS: Readonly<Record<KeyRole, string>> = {
  root: "Root of a certificate authority",
  intermediate: "Intermediate of a certificate authority",
  "ssh-user-key": "SSH CA for users",
  "ssh-host-key": "SSH CA for hosts",
};

/**
 * Keys in AWS KMS, made through `@pulumi/aws`. A destroyed key is scheduled for deletion. Each generation of a rotation is a
 * key of its own, to which the alias moves when it is active; one that is gone is deleted only by `deleteRetiredKeys`.
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
  readonly #tagged: AwsTaggedKeys;
  readonly #barrier = new KeyBarrier();
  #provider: ProviderResource | undefined;
  #aliasesThere: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(args: AwsKmsKeysArgs = {}) {
    this.#args = args;
    this.#connection = awsConnection(args, args.existing?.intermediate);
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
    const key = new PublicKey(name, { uri, algorithm, ...kms }, { parent, protect });
    const isExisting = existing !== undefined;
    const isMade = !isExisting || generation !== undefined;
    this.#declared.push({ role, isExisting, isMade, algorithm, key, owner: declaration.owner });
    return key;
  }

  /**
   * The IAM policy of whoever runs `pulumi up`. It goes by the id of the authority. A preview before the first `up` does not
   * know the id, and shows a policy for all authorities of the stack.
   */
  get operatorPolicy(): Output<JsonObject> {
    return this.operatorPolicyWith([]);
  }

  /**
   * The same policy, which also allows to read and to sign with keys of AWS that come from elsewhere: that of a root that exists.
   *
   * @param others keys that `PublicKey` names
   */
  operatorPolicyWith(others: readonly PublicKey[]): Output<JsonObject> {
    return operatorPolicyOf(this.#args, this.#declared, others, this.#connection.region);
  }

  /** The IAM policy of step-ca, by which a stolen step-ca cannot use the root. */
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
    const alias = await this.#aliasOf(declaration, origin.imported);
    const tag = owner.authorityId.apply((id) => ownerTag(getProject(), getStack(), id, name));
    await this.#barrier.known();
    const key = new Key(
      origin.resource,
      {
        customerMasterKeySpec: algorithmRow(algorithm).aws?.keySpec,
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

  /** The alias that a key shall have, looked for before the key is made. */
  async #aliasOf(
    { role, sharedName, parent, generation, name }: KeyDeclaration,
    imported: string | undefined,
  ): Promise<(CustomResourceOptions & { readonly name: string }) | undefined> {
    const { aliasPrefix } = this.#args;
    if (aliasPrefix === undefined || (generation?.state ?? "active") !== "active") {
      return undefined;
    }
    const recorded = await recordedResources();
    const authority = await knownResource(parent);
    const names = [name, sharedName].flatMap((each) => [each, `${each}-adopted`]);
    const ids = [
      imported,
      ...names.map((each) => findRecorded(recorded, childUrns(authority, KEY_TYPE, each))?.["keyId"]),
    ];
    const alias = aliasName(aliasPrefix, role);
    const declared = {
      ...{ parent, resource: sharedName, name: alias },
      keyIds: ids.filter((id) => typeof id === "string"),
    };
    return { name: alias, ...(await aliasOptions(declared, () => this.#aliasesOfRegion())) };
  }

  /** Asked for once. */
  #aliasesOfRegion(): Promise<ReadonlyMap<string, string>> {
    return (this.#aliasesThere ??= awsKmsAliases(this.#connection));
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
