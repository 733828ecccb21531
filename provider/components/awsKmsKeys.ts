import { isAbsolute, join } from "node:path";
import { Alias, Key } from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import { all, getProject, getStack, type Input, output, type Output, type ProviderResource } from "@pulumi/pulumi";
import type { Problem } from "../inputs/problem";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import { type AwsConnection, awsKmsUri } from "../kms/awsKeyUri";
import { PublicKey } from "../resources/publicKey";
import type { SigningKey } from "../resources/signingKey";
import { endOfTurn } from "../resources/turn";
import type { JsonObject, KmsBlock } from "../stepca/config";
import { awsConnection, awsKmsBlock } from "./awsConnection";
import { awsKmsKeeper, OWNER_TAG } from "./awsKmsKeeper";
import { checkAwsKmsKeys } from "./awsKmsKeysChecks";
import { operatorPolicy, stepCaPolicy } from "./awsKmsPolicies";
import { keyToImport } from "./keyOrigin";
import type { KeyDeclaration, KeyRole, KeySource } from "./keySource";
import { programSecrets } from "./programSecrets";
import { readRecordedResources } from "./recordedResources";

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
   * changed or deleted.
   */
  existing?: Partial<Record<KeyRole, string>>;
  /** Keys that are made part of this stack, as after a run that was cut off: their ids. */
  adopt?: Partial<Record<KeyRole, string>>;
  /** Keys that may be made anew although the state knows of one that is lost. */
  newKeys?: readonly KeyRole[];
  /** With it each key has the alias `alias/<aliasPrefix>-<key>`, such as `alias/pki-root`. Lower case. */
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

const DESCRIPTIONS: Readonly<Record<KeyRole, string>> = {
  root: "Root of a certificate authority",
  intermediate: "Intermediate of a certificate authority",
  "ssh-user-key": "SSH CA for users",
  "ssh-host-key": "SSH CA for hosts",
};

/**
 * Keys in AWS KMS, made through `@pulumi/aws`. A destroyed key is scheduled for deletion.
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
  readonly #declared = new Map<KeyRole, PublicKey>();
  #provider: ProviderResource | undefined;

  constructor(args: AwsKmsKeysArgs = {}) {
    this.#args = args;
    this.#connection = awsConnection(args, args.existing?.intermediate);
    this.#provider = args.provider;
    this.kms = awsKmsBlock(this.#connection, args.kmsUri === true);
    this.ready = readRecordedResources(); // now, before this run records anything itself
  }

  problems(algorithm: Algorithm): Problem[] {
    const { region } = this.#connection;
    return checkAwsKmsKeys({ ...this.#args, ...(region === undefined ? {} : { region }) }, algorithm);
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect } = declaration;
    const existing = this.#args.existing?.[role];
    const uri = existing ?? output(this.#declareAwsKey(declaration)).keyId.apply((id) => `awskms:key-id=${id}`);
    const kms = this.#isConnectionGiven ? { kms: awsKmsUri(this.#connection) } : {};
    const key = new PublicKey(name, { uri, algorithm, ...kms }, { parent, protect });
    this.#declared.set(role, key);
    return key;
  }

  /** The IAM policy of whoever runs `pulumi up`. */
  get operatorPolicy(): Output<JsonObject> {
    const { aliasPrefix, existing = {} } = this.#args;
    const roles = [...this.#declared.keys()];
    const aliases = roles.flatMap((role) => (aliasPrefix === undefined ? [] : [aliasName(aliasPrefix, role)]));
    const names = this.#arns(roles.filter((role) => existing[role] !== undefined));
    return names.apply((arns) =>
      operatorPolicy(`${getProject()}/${getStack()}`, arns, aliases, this.#connection.region),
    );
  }

  /** The IAM policy of step-ca, by which a stolen step-ca cannot use the root. */
  get stepCaPolicy(): Output<JsonObject> {
    return this.#arns([...this.#declared.keys()].filter((role) => role !== "root")).apply(stepCaPolicy);
  }

  get #isConnectionGiven(): boolean {
    return Object.keys(this.#connection).length > 0;
  }

  #arns(roles: readonly KeyRole[]): Output<string[]> {
    const names = roles.map((role) => output(this.#declared.get(role)?.resourceName));
    return all(names).apply((arns) => arns.filter((arn) => arn !== undefined));
  }

  /** Declared only when it is clear whether the key is to be imported: the engine reads that once. */
  async #declareAwsKey({ role, name, algorithm, parent, protect }: KeyDeclaration): Promise<Key> {
    const {
      adopt,
      newKeys,
      aliasPrefix,
      description,
      tags,
      deletionWindowInDays = 30,
      multiRegion,
      policy,
    } = this.#args;
    const owner = `${getProject()}/${getStack()}/${name}`;
    const provider = this.#awsProvider(name, parent);
    await endOfTurn();
    const imported = await keyToImport(
      {
        ...{ role, name, algorithm, parent, protect, type: "aws:kms/key:Key", resource: name, adopted: adopt?.[role] },
        mayBeNew: newKeys?.includes(role) === true,
      },
      awsKmsKeeper(this.#connection, owner),
    );
    const key = new Key(
      name,
      {
        customerMasterKeySpec: algorithmRow(algorithm).aws?.keySpec,
        keyUsage: "SIGN_VERIFY",
        description: description ?? DESCRIPTIONS[role],
        deletionWindowInDays,
        tags: { ...tags, name: role, [OWNER_TAG]: owner },
        ...(multiRegion === undefined ? {} : { multiRegion }),
        ...(policy === undefined ? {} : { policy }),
      },
      {
        ...{ parent, protect },
        ...(provider === undefined ? {} : { provider }),
        // What AWS does not tell of a key cannot equal what is declared.
        ...(imported === undefined ? {} : { import: imported, ignoreChanges: ["deletionWindowInDays"] }),
      },
    );
    if (aliasPrefix !== undefined) {
      const alias = { name: aliasName(aliasPrefix, role), targetKeyId: key.keyId };
      new Alias(name, alias, { parent, ...(provider === undefined ? {} : { provider }) });
    }
    return key;
  }

  /** A provider of our own only where the default one would look elsewhere; one for all keys of this source. */
  #awsProvider(name: string, parent: KeyDeclaration["parent"]): ProviderResource | undefined {
    const { region, profile, credentialsFile } = this.#connection;
    if (this.#provider === undefined && this.#isConnectionGiven) {
      this.#provider = new Provider(
        `${name}-aws`,
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

function aliasName(prefix: string, role: KeyRole): string {
  return `alias/${prefix}-${role}`;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(programSecrets().rootDirectory, path);
}
