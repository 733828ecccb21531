import { isAbsolute, join } from "node:path";
import { Alias, Key } from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import {
  all,
  createUrn,
  getProject,
  getStack,
  type Input,
  output,
  type Output,
  type ProviderResource,
} from "@pulumi/pulumi";
import type { Problem } from "../inputs/problem";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import { type AwsConnection, awsKmsUri, parseAwsKey } from "../kms/awsKeyUri";
import { resourceType } from "../resources/lifecycleResource";
import { PublicKey } from "../resources/publicKey";
import type { SigningKey } from "../resources/signingKey";
import { endOfTurn } from "../resources/turn";
import type { JsonObject, KmsBlock } from "../stepca/config";
import { keyToImport, OWNER_TAG } from "./awsKmsKeyOrigin";
import { checkAwsKmsKeys } from "./awsKmsKeysChecks";
import { operatorPolicy, stepCaPolicy } from "./awsKmsPolicies";
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
  /** What `@pulumi/aws` makes the keys with, such as one that assumes a role in another account. */
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
  readonly #args: AwsKmsKeysArgs;
  readonly #connection: AwsConnection;
  readonly #declared = new Map<KeyRole, PublicKey>();
  #provider: ProviderResource | undefined;

  constructor(args: AwsKmsKeysArgs = {}) {
    this.#args = args;
    const { profile, credentialsFile, existing } = args;
    // step-ca takes no region from a key's ARN.
    const region = args.region ?? regionOf(existing?.intermediate);
    this.#connection = { region, profile, credentialsFile };
    this.#provider = args.provider;
    this.kms = kmsBlock(this.#connection, args.kmsUri === true);
    readRecordedResources(); // now, before this run records anything itself
  }

  problems(algorithm: Algorithm): Problem[] {
    return checkAwsKmsKeys(this.#args, algorithm);
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect } = declaration;
    const existing = this.#args.existing?.[role];
    const uri = existing ?? output(this.#declareAwsKey(declaration)).keyId.apply((id) => `awskms:key-id=${id}`);
    const isReached = Object.values(this.#connection).some((part) => part !== undefined);
    const kms = isReached ? { kms: awsKmsUri(this.#connection) } : {};
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
    return names.apply((arns) => operatorPolicy(`${getProject()}/${getStack()}`, arns, aliases));
  }

  /** The IAM policy of step-ca, by which a stolen step-ca cannot use the root. */
  get stepCaPolicy(): Output<JsonObject> {
    return this.#arns([...this.#declared.keys()].filter((role) => role !== "root")).apply(stepCaPolicy);
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
    const adopted = adopt?.[role];
    const imported =
      adopted === undefined
        ? await keyToImport({
            ...{ role, name, owner, connection: this.#connection, mayBeNew: newKeys?.includes(role) === true },
            ...(await urns(name, parent)),
          })
        : parseAwsKey(adopted).keyId.replace(/^.*\//, "");
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
    if (this.#provider === undefined && [region, profile, credentialsFile].some((part) => part !== undefined)) {
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

function kmsBlock({ region, profile, credentialsFile }: AwsConnection, asUri: boolean): KmsBlock {
  if (asUri) {
    return { type: "awskms", uri: awsKmsUri({ region, profile, credentialsFile }) };
  }
  return {
    type: "awskms",
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
  };
}

/** The region that a key's name tells; what is wrong with the name is said by the checks. */
function regionOf(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : parseAwsKey(name).region;
  } catch {
    return undefined;
  }
}

function aliasName(prefix: string, role: KeyRole): string {
  return `alias/${prefix}-${role}`;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(programSecrets().rootDirectory, path);
}

async function urns(
  name: string,
  parent: KeyDeclaration["parent"],
): Promise<{ keyUrn: string; publicKeyUrn: string; parentUrn: string }> {
  const urn = (type: string): Promise<string> => settled(createUrn(name, type, parent.urn));
  return {
    keyUrn: await urn("aws:kms/key:Key"),
    publicKeyUrn: await urn(resourceType("PublicKey")),
    parentUrn: await settled(parent.urn),
  };
}

function settled(value: Output<string>): Promise<string> {
  return new Promise((resolve) => {
    value.apply(resolve);
  });
}
