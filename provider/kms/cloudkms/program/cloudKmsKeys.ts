import { CryptoKey, CryptoKeyIAMMember, CryptoKeyVersion, KeyRing } from "@pulumi/gcp/kms";
import { Provider } from "@pulumi/gcp/provider";
import { type Input, isDryRun, output, type Output, type ProviderResource, type Resource } from "../../../pulumi";
import type { Problem } from "../../../words/problem";
import type { Algorithm } from "../../algorithms";
import { cloudAlgorithm } from "../cloudAlgorithms";
import { parseCloudKey } from "../cloudKeyUri";
import { OWNER_LABEL } from "../cloudOwnerLabel";
import { ExistingKey } from "../../../resources/existingKey";
import { derived, givenArgs, withEntries } from "../../../resources/knownInputs";
import type { SigningKey } from "../../../resources/signingKey";
import { endOfTurn } from "../../../resources/turn";
import type { KmsBlock } from "../../../stepca/config";
import { checkRecordedCloudKey } from "./cloudKmsAttainable";
import { cloudConnection, cloudKeyKms, cloudKmsBlock } from "./cloudConnection";
import { ringInputs, ringName, ringResource } from "./cloudKeyRing";
import { cloudKmsKeeper, CloudVersions, isThere, levelOf } from "./cloudKmsKeeper";
import { type Attestations, attestationsOf } from "../../../keySources/attestations";
import type { CloudKmsKeysArgs } from "./cloudKmsKeysArgs";
import { checkCloudForms, checkCloudKmsKeys } from "./cloudKmsKeysChecks";
import { announceName, isRecorded, refuseManaged } from "./cloudNames";
import { cloudProject, credentialsOf } from "./cloudProject";
import { checkExistingCloud, existingVersion, VERSION_TYPE } from "./existingCloudKeys";
import { KeyBarrier } from "../../../keySources/keyBarrier";
import { checkProvider } from "../../../keySources/keyServiceChecks";
import { keyOrigin } from "../../../keySources/keyOrigin";
import { type FindRecorded, type KeyDeclaration, type KeySource, retention } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import type { PlannedKey } from "../../../authority/plannedKey";
import { readRecordedResources } from "../../../keySources/recordedResources";
import { namesKeyIn, SourceSettings } from "../../../keySources/sourceSettings";

const KEY_TYPE = "gcp:kms/cryptoKey:CryptoKey";
const RING_TYPE = "gcp:kms/keyRing:KeyRing";

/** The roles of step-ca, which signs and reads public keys. */
const STEP_CA_ROLES = ["roles/cloudkms.signer", "roles/cloudkms.publicKeyViewer"];

/**
 * Keys in Google Cloud KMS, which Pulumi's provider for Google Cloud makes. They are in one ring, and each of `root`,
 * `intermediate`, `ssh-user-key` and `ssh-host-key` is a key with one version. Each generation of a rotation is a version of the same key. Destroying the
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
  readonly kms: Input<KmsBlock>;
  readonly isKnownAtOnce: boolean;
  readonly ready: Promise<unknown>;
  readonly namesKey = namesKeyIn(() => this.#args);
  readonly #args: CloudKmsKeysArgs;
  readonly #settings: SourceSettings<Omit<CloudKmsKeysArgs, "provider">>;
  readonly #versions: CloudVersions;
  readonly #barrier = new KeyBarrier();
  /** The active keys of a rotation. */
  readonly #active = new Map<KeyRole, ExistingKey>();
  readonly #cryptoKeys = new Map<KeyRole, Promise<Input<string>>>();
  readonly #allowed = new Set<KeyRole>();
  readonly #members: Promise<CryptoKeyIAMMember[]>[] = [];
  #provider: ProviderResource | undefined;
  #ring: Input<string> | undefined;

  constructor(args: CloudKmsKeysArgs = {}) {
    const given = givenArgs(args);
    const { provider, ...settings } = given;
    this.#args = given;
    this.#settings = new SourceSettings(settings);
    this.isKnownAtOnce = this.#settings.isKnownAtOnce;
    this.#versions = new CloudVersions(this.#settings.settled.then(cloudConnection));
    this.#provider = provider;
    this.kms = derived({ credentialsFile: given.credentialsFile, kmsUri: given.kmsUri }, cloudKmsBlock);
    // Now, before this run records anything itself.
    this.ready = Promise.all([readRecordedResources(), this.#settings.settled]);
  }

  problems(algorithm: Algorithm): Problem[] {
    const { known } = this.#settings;
    const wrong = [...checkCloudForms(known), ...checkProvider(this.#args.provider, Provider, "@pulumi/gcp")];
    return wrong.length > 0 ? wrong : checkCloudKmsKeys(known, cloudProject(known.project), algorithm);
  }

  get fixed(): Input<Readonly<Record<string, unknown>>> {
    return derived(this.#ringName, (name) => ({ cryptoKeys: `${name}/cryptoKeys` }));
  }

  async recordedProblems(keys: readonly PlannedKey[], find: FindRecorded): Promise<Problem[]> {
    const settings = await this.#settings.settled;
    const { destroyScheduledDuration } = settings;
    const ring = ringName(settings);
    const problems = keys
      .filter(({ name, sharedName }) => name === sharedName)
      .flatMap((key) =>
        checkRecordedCloudKey(key, find(KEY_TYPE, key.sharedName), {
          ...{ keyRing: ring, protectionLevel: levelOf(settings, key.role), destroyScheduledDuration },
          existing: existingVersion(settings, key),
        }),
      );
    const source = { connection: cloudConnection(settings), ring, settings };
    const asked = isDryRun() || problems.length > 0 ? [] : keys.map((key) => checkExistingCloud(key, find, source));
    return [...problems, ...(await Promise.all(asked)).flat()];
  }

  async companions(): Promise<Resource[]> {
    return (await Promise.all(this.#members)).flat();
  }

  declareKey(declaration: KeyDeclaration): SigningKey {
    const { role, name, algorithm, parent, protect, generation } = declaration;
    const existing = (generation?.number ?? 0) === 0 ? this.#args.existing?.[role] : undefined;
    const uri = existing ?? output(this.#declareVersion(declaration)).name;
    const kms = derived(this.#args.credentialsFile, cloudKeyKms);
    const key = new ExistingKey(name, { uri, algorithm, kms }, { parent, protect });
    if ((generation?.state ?? "active") === "active") {
      this.#active.set(role, key);
    }
    if (role !== "root" && this.#args.stepCaMember !== undefined && !this.#allowed.has(role)) {
      this.#allowed.add(role);
      this.#members.push(this.#allowStepCa(declaration, key, this.#args.stepCaMember));
    }
    return key;
  }

  /** The hardware's attestations by key: `format`, and `content` in base64. */
  get attestations(): Output<Attestations> {
    return attestationsOf(this.#active);
  }

  /** Declares a version only when it is known whether to import it, because the engine reads that only once. */
  async #declareVersion(declaration: KeyDeclaration): Promise<CryptoKeyVersion> {
    const { role, keyName, name, algorithm, parent, protect, generation } = declaration;
    this.#barrier.expect();
    const owner = await declaration.owner.recorded;
    await endOfTurn();
    const settings = await this.#settings.settled;
    const { adopt, newKeys, existing, protectionLevel } = settings;
    const { resource, isForeign, imported } = await keyOrigin(
      {
        ...{ keyName, name, algorithm, parent, protect, type: VERSION_TYPE, adopted: adopt?.[keyName] },
        // Another algorithm is another version, made before the old one is destroyed.
        ...{ resource: `${name}-${algorithm}`, mayBeNew: newKeys?.includes(keyName) === true },
      },
      cloudKmsKeeper({ ring: ringName(settings), role, algorithm, protectionLevel, existing, owner }, this.#versions),
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
    const { existing, labels, destroyScheduledDuration, protectionLevel } = this.#args;
    if (isThere(existing?.cryptoKeys, role)) {
      await refuseManaged(parent, KEY_TYPE, name, role);
      return derived(this.#ringName, (ring) => `${ring}/cryptoKeys/${role}`);
    }
    const keyRing = this.#declareRing(declaration);
    const lasting = { name: `${ringName(this.#settings.known)}/cryptoKeys/${role}`, setting: `cryptoKeys.${role}` };
    // In a new ring, no name is taken.
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
          protectionLevel: derived({ protectionLevel }, (known) => levelOf(known, role) ?? "SOFTWARE"),
        },
        labels: withEntries(labels, { [OWNER_LABEL]: declaration.owner.authorityId }),
        destroyScheduledDuration,
      },
      { ...this.#options(declaration), protect, deleteBeforeReplace: false },
    );
    return key.id;
  }

  /** Declares the ring, once for all keys of this source. */
  #declareRing(declaration: KeyDeclaration): Input<string> {
    if (this.#args.existing?.keyRing === true) {
      return this.#ringName;
    }
    if (this.#ring === undefined) {
      const name = this.#ringResource(declaration);
      const lasting = { name: ringName(this.#settings.known), setting: "keyRing" };
      void announceName(declaration.parent, { type: RING_TYPE, resource: name, ...lasting });
      // Not protected: it has nothing to lose, and a wrong ring could never leave the state.
      const ring = new KeyRing(name, ringInputs(this.#args), {
        ...this.#options(declaration),
        deleteBeforeReplace: false,
      });
      this.#ring = ring.id;
    }
    return this.#ring;
  }

  #ringResource({ authority }: KeyDeclaration): string {
    return ringResource(authority, this.#settings.known);
  }

  get #ringName(): Input<string> {
    const { project, location, keyRing } = this.#args;
    return derived({ project, location, keyRing }, ringName);
  }

  async #allowStepCa(
    declaration: KeyDeclaration,
    key: ExistingKey,
    member: Input<string>,
  ): Promise<CryptoKeyIAMMember[]> {
    await this.#settings.settled;
    const cryptoKeyId = key.uri.apply((uri) => parseCloudKey(uri).replace(/\/cryptoKeyVersions\/.*$/, ""));
    return STEP_CA_ROLES.map((role) => {
      const name = `${declaration.sharedName}-${role.replace("roles/cloudkms.", "")}`;
      return new CryptoKeyIAMMember(name, { cryptoKeyId, role, member }, this.#options(declaration));
    });
  }

  /** The options of a resource, once the settings have settled. */
  #options(declaration: KeyDeclaration): { parent: KeyDeclaration["parent"]; provider?: ProviderResource } {
    const { parent } = declaration;
    const { credentialsFile } = this.#args;
    if (this.#provider === undefined && this.#settings.known.credentialsFile !== undefined) {
      const name = this.#ringResource(declaration);
      const credentials = derived(credentialsFile, (file) => (file === undefined ? file : credentialsOf(file)));
      const settings = { credentials, project: ringInputs(this.#args).project };
      this.#provider = new Provider(name, settings, { parent });
    }
    return { parent, ...(this.#provider === undefined ? {} : { provider: this.#provider }) };
  }
}
