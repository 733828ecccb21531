import { CryptoKey, CryptoKeyIAMMember, CryptoKeyVersion, KeyRing } from "@pulumi/gcp/kms";
import { Provider } from "@pulumi/gcp/provider";
import { type Input, output, type Output, type ProviderResource, type Resource, runtime } from "@pulumi/pulumi";
import type { Problem } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { cloudAlgorithm } from "../cloudAlgorithms";
import { type CloudConnection, cloudKmsUri, parseCloudKey } from "../cloudKeyUri";
import { OWNER_LABEL } from "../cloudOwnerLabel";
import { ExistingKey } from "../../../resources/existingKey";
import type { SigningKey } from "../../../resources/signingKey";
import { endOfTurn } from "../../../resources/turn";
import type { KmsBlock } from "../../../stepca/config";
import { checkRecordedCloudKey } from "./cloudKmsAttainable";
import { cloudKmsKeeper, CloudVersions, isThere } from "./cloudKmsKeeper";
import { type Attestations, attestationsOf } from "../../../keySources/attestations";
import type { CloudKmsKeysArgs } from "./cloudKmsKeysArgs";
import { checkCloudKmsKeys } from "./cloudKmsKeysChecks";
import { announceName, isRecorded, refuseManaged } from "./cloudNames";
import { cloudProject, credentialsOf } from "./cloudProject";
import { checkExistingCloud, existingVersion, levelOf, VERSION_TYPE } from "./existingCloudKeys";
import { KeyBarrier } from "../../../keySources/keyBarrier";
import { keyOrigin } from "../../../keySources/keyOrigin";
import { type FindRecorded, type KeyDeclaration, type KeySource, retention } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import { readRecordedResources } from "../../../keySources/recordedResources";

const KEY_TYPE = "gcp:kms/cryptoKey:CryptoKey";
const RING_TYPE = "gcp:kms/keyRing:KeyRing";

/** What step-ca does: it signs, and reads the public half. */
const STEP_CA_ROLES = ["roles/cloudkms.signer", "roles/cloudkms.publicKeyViewer"];

/**
 * Keys in Google Cloud KMS, made through `@pulumi/gcp`: a ring, and in it a key with one version for each of `root`,
 * `intermediate`, `ssh-user-key` and `ssh-host-key`. Each generation of a rotation is a version of the same key. Destroying the
 * stack schedules the versions for destruction. The ring and its keys stay forever; set `existing` for the next `up`.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { CloudKmsKeys } from "pulumi-kms-pki/cloudkms";
 *
 * const keys = new CloudKmsKeys({ project: "example", protectionLevel: { root: "HSM" } });
 * const ca = new pki.CertificateAuthority("ca", { keys, name: "Example" });
 * export const caConfig = ca.caConfig;
 * ```
 */
export class CloudKmsKeys implements KeySource {
  readonly kms: KmsBlock;
  readonly ready: Promise<unknown>;
  readonly #args: CloudKmsKeysArgs;
  readonly #connection: CloudConnection;
  readonly #versions: CloudVersions;
  readonly #barrier = new KeyBarrier();
  readonly #project: string | undefined;
  /** Of keys that take turns the active ones. */
  readonly #active = new Map<KeyRole, ExistingKey>();
  readonly #cryptoKeys = new Map<KeyRole, Promise<Input<string>>>();
  readonly #allowed = new Set<KeyRole>();
  readonly #members: CryptoKeyIAMMember[] = [];
  #provider: ProviderResource | undefined;
  #ring: Input<string> | undefined;

  constructor(args: CloudKmsKeysArgs = {}) {
    const { credentialsFile, provider, kmsUri } = args;
    this.#args = args;
    this.#connection = credentialsFile === undefined ? {} : { credentialsFile };
    this.#versions = new CloudVersions(this.#connection);
    this.#project = cloudProject(args.project);
    this.#provider = provider;
    this.kms = { type: "cloudkms", ...(kmsUri === true ? { uri: cloudKmsUri(this.#connection) } : this.#connection) };
    this.ready = readRecordedResources(); // now, before this run records anything itself
  }

  problems(algorithm: Algorithm): Problem[] {
    return checkCloudKmsKeys(this.#args, this.#project, algorithm);
  }

  get fixed(): Readonly<Record<string, unknown>> {
    return { cryptoKeys: `${this.#ringName}/cryptoKeys` };
  }

  async recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    const { destroyScheduledDuration } = this.#args;
    const problems = keys
      .filter(({ name, sharedName }) => name === sharedName)
      .flatMap((key) =>
        checkRecordedCloudKey(key, find(KEY_TYPE, key.sharedName), {
          ...{ keyRing: this.#ringName, protectionLevel: levelOf(this.#args, key.role), destroyScheduledDuration },
          existing: existingVersion(this.#args, key),
        }),
      );
    const source = { connection: this.#connection, ring: this.#ringName, args: this.#args };
    const asked =
      runtime.isDryRun() || problems.length > 0 ? [] : keys.map((key) => checkExistingCloud(key, find, source));
    return [...problems, ...(await Promise.all(asked)).flat()];
  }

  companions(): Promise<Resource[]> {
    return Promise.resolve(this.#members);
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect, generation } = declaration;
    const existing = (generation?.number ?? 0) === 0 ? this.#args.existing?.[role] : undefined;
    const uri = existing ?? output(this.#declareVersion(declaration)).name;
    const kms = this.#connection.credentialsFile === undefined ? {} : { kms: cloudKmsUri(this.#connection) };
    const key = new ExistingKey(name, { uri, algorithm, ...kms }, { parent, protect });
    if ((generation?.state ?? "active") === "active") {
      this.#active.set(role, key);
    }
    if (role !== "root" && this.#args.stepCaMember !== undefined && !this.#allowed.has(role)) {
      this.#allowed.add(role);
      this.#allowStepCa(declaration, key, this.#args.stepCaMember);
    }
    return key;
  }

  /** The hardware's attestations by key: `format`, and `content` in base64. */
  get attestations(): Output<Attestations> {
    return attestationsOf(this.#active);
  }

  /** Declared only when it is clear whether the version is to be imported: the engine reads that once. */
  async #declareVersion(declaration: KeyDeclaration): Promise<CryptoKeyVersion> {
    const { role, keyName, name, algorithm, parent, protect, generation } = declaration;
    const { adopt, newKeys, existing, protectionLevel } = this.#args;
    this.#barrier.expect();
    const owner = await declaration.owner.recorded;
    await endOfTurn();
    const { resource, isForeign, imported } = await keyOrigin(
      {
        ...{ keyName, name, algorithm, parent, protect, type: VERSION_TYPE, adopted: adopt?.[keyName] },
        // Another algorithm is another version, made before the old one is destroyed.
        ...{ resource: `${name}-${algorithm}`, mayBeNew: newKeys?.includes(keyName) === true },
      },
      cloudKmsKeeper({ ring: this.#ringName, role, algorithm, protectionLevel, existing, owner }, this.#versions),
    );
    await this.#barrier.known();
    const cryptoKey = this.#cryptoKeys.get(role) ?? this.#declareCryptoKey(declaration);
    this.#cryptoKeys.set(role, cryptoKey);
    return new CryptoKeyVersion(
      resource,
      { cryptoKey: await cryptoKey },
      {
        ...{ ...this.#options(declaration), protect, ...retention(generation, { isForeign }) },
        ...(imported === undefined ? {} : { import: imported }),
      },
    );
  }

  async #declareCryptoKey(declaration: KeyDeclaration): Promise<Input<string>> {
    const { role, sharedName: name, algorithm, parent, protectShared: protect } = declaration;
    const { existing, labels, destroyScheduledDuration } = this.#args;
    if (isThere(existing?.cryptoKeys, role)) {
      await refuseManaged(parent, KEY_TYPE, name, role);
      return `${this.#ringName}/cryptoKeys/${role}`;
    }
    const keyRing = this.#declareRing(declaration);
    const lasting = { name: `${this.#ringName}/cryptoKeys/${role}`, setting: `cryptoKeys.${role}` };
    // In a ring that is new no name is taken.
    if (existing?.keyRing === true || (await isRecorded(parent, RING_TYPE, this.#ringResource(declaration)))) {
      await announceName(parent, { type: KEY_TYPE, resource: name, ...lasting });
    }
    const key = new CryptoKey(
      name,
      {
        name: role,
        keyRing,
        purpose: "ASYMMETRIC_SIGN",
        skipInitialVersionCreation: true,
        versionTemplate: {
          algorithm: cloudAlgorithm(algorithm) ?? "",
          protectionLevel: levelOf(this.#args, role) ?? "SOFTWARE",
        },
        labels: { ...labels, [OWNER_LABEL]: declaration.owner.authorityId },
        ...(destroyScheduledDuration === undefined ? {} : { destroyScheduledDuration }),
      },
      { ...this.#options(declaration), protect, deleteBeforeReplace: false },
    );
    return key.id;
  }

  /** Once for all keys of this source. */
  #declareRing(declaration: KeyDeclaration): Input<string> {
    const { location = "global", keyRing = "pki", existing } = this.#args;
    if (existing?.keyRing === true) {
      return this.#ringName;
    }
    if (this.#ring === undefined) {
      const settings = { name: keyRing, location, project: this.#project ?? "" };
      const name = this.#ringResource(declaration);
      const lasting = { name: this.#ringName, setting: "keyRing" };
      void announceName(declaration.parent, { type: RING_TYPE, resource: name, ...lasting });
      // Not protected: it has nothing to lose, and a wrong one could never leave the state.
      const ring = new KeyRing(name, settings, { ...this.#options(declaration), deleteBeforeReplace: false });
      this.#ring = ring.id;
    }
    return this.#ring;
  }

  #ringResource({ authority }: KeyDeclaration): string {
    const { location = "global", keyRing = "pki" } = this.#args;
    return `${authority}-${location}-${keyRing}`;
  }

  get #ringName(): string {
    const { location = "global", keyRing = "pki" } = this.#args;
    return `projects/${this.#project ?? ""}/locations/${location}/keyRings/${keyRing}`;
  }

  #allowStepCa(declaration: KeyDeclaration, key: ExistingKey, member: Input<string>): void {
    const cryptoKeyId = key.uri.apply((uri) => parseCloudKey(uri).replace(/\/cryptoKeyVersions\/.*$/, ""));
    for (const role of STEP_CA_ROLES) {
      const name = `${declaration.sharedName}-${role.replace("roles/cloudkms.", "")}`;
      this.#members.push(new CryptoKeyIAMMember(name, { cryptoKeyId, role, member }, this.#options(declaration)));
    }
  }

  #options(declaration: KeyDeclaration): { parent: KeyDeclaration["parent"]; provider?: ProviderResource } {
    const { parent } = declaration;
    const { credentialsFile } = this.#connection;
    if (this.#provider === undefined && credentialsFile !== undefined) {
      const name = this.#ringResource(declaration);
      const settings = { credentials: credentialsOf(credentialsFile), project: this.#project ?? "" };
      this.#provider = new Provider(name, settings, { parent });
    }
    return { parent, ...(this.#provider === undefined ? {} : { provider: this.#provider }) };
  }
}
