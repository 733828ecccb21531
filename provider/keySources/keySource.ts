import type { ComponentResource, Input, Output, Resource } from "../pulumi";
import type { Problem } from "../words/problem";
import type { Algorithm } from "../kms/algorithms";
import type { SigningKey } from "../resources/signingKey";
import type { KmsBlock } from "../stepca/config";
import type { KeyName, KeyRole } from "../authority/keyNames";
import type { KeyGeneration, PlannedKey } from "../authority/plannedKey";
import type { Attestations } from "./attestations";
import type { KeyOwner } from "./authorityOwner";
import type { RecordedOutputs } from "./recordedResources";

/** The declaration of a key. */
export interface KeyDeclaration extends PlannedKey {
  /** The name of the authority's resource. */
  readonly authority: string;
  readonly parent: ComponentResource;
  /** The owner of the key, for its mark. */
  readonly owner: KeyOwner;
}

/** The recorded outputs of a child of the authority, by its type and name; undefined if the state has none. */
export type FindRecorded = (type: string, name: string) => RecordedOutputs | undefined;

/** How many keys of a role may exist at a time, for roles that rotate. */
export type KeysAtOnce = Readonly<Partial<Record<KeyRole, number>>>;

/**
 * The source of a certificate authority's keys: one key management service with its settings. Each key of an authority
 * may have its own source.
 */
export interface KeySource {
  /** The `kms` block of a ca.json whose keys come from here. */
  readonly kms: Input<KmsBlock>;
  /** Settles when the source knows everything that it must know before the authority is registered. */
  readonly ready?: Promise<unknown>;
  /**
   * Whether no setting is an Output or a Promise. Otherwise {@link problems} is called again once the source is ready.
   * Default true.
   */
  readonly isKnownAtOnce?: boolean;
  /**
   * The settings with which its keys are made; a change replaces the keys. For a rotation, whose keys the engine does
   * not protect.
   */
  readonly fixed?: Input<Readonly<Record<string, unknown>>>;
  /**
   * Finds the problems of the settings, as far as they are known, before anything is registered.
   *
   * @param roles the keys that come from this source
   * @param atOnce how many keys of a role may exist at a time. Default one
   */
  problems(algorithm: Algorithm, roles: readonly KeyRole[], atOnce?: KeysAtOnce): readonly Problem[];
  /**
   * Finds the problems of the settings with the last run's record and with existing keys, before anything is
   * registered. A preview asks no key management service.
   */
  recordedProblems?(keys: readonly PlannedKey[], find: FindRecorded): Promise<readonly Problem[]>;
  /** Whether the settings name an existing key to use or to adopt as one of the authority. Absent: nobody knows. */
  readonly namesKey?: (key: KeyName) => boolean;
  /** The hardware's attestations of its keys, by key, once they are declared. */
  readonly attestations?: Output<Attestations>;
  /** Declares a key. */
  declareKey(declaration: KeyDeclaration): SigningKey;
  /**
   * The resources that it declared in addition to its keys, such as an alias, once they are known. The protected
   * resources depend on them, so the engine refuses to destroy the authority before it deletes one of them.
   */
  companions?(): Promise<Resource[]>;
  /** Stores the certificate of a key beside the key, if step-ca needs it there. */
  storeCertificate?(declaration: KeyDeclaration, key: SigningKey, certificatePem: Output<string>): void;
}

/**
 * Whether the engine retains another provider's key when the key leaves the program. The choice is made when the key is
 * made and read from the last run's state, so it is never changed for a retirement. A key that someone else made always
 * stays.
 */
export function retention(
  generation: KeyGeneration | undefined,
  { isForeign }: { readonly isForeign: boolean },
): { retainOnDelete?: boolean } {
  return isForeign || generation?.deleteWhenRetired === false ? { retainOnDelete: true } : {};
}
