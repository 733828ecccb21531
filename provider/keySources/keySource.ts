import type { ComponentResource, Input, Output, Resource } from "@pulumi/pulumi";
import type { Problem } from "../words/problem";
import type { Algorithm } from "../kms/algorithms";
import type { Certificate } from "../resources/certificate";
import type { SigningKey } from "../resources/signingKey";
import type { KmsBlock } from "../stepca/config";
import type { KeyRole } from "../authority/keyNames";
import type { KeyGeneration, PlannedKey } from "../authority/plannedKey";
import type { Attestations } from "./attestations";
import type { KeyOwner } from "./authorityOwner";
import type { RecordedOutputs } from "./recordedResources";

/** How a key is declared. */
export interface KeyDeclaration extends PlannedKey {
  /** The name of the authority's resource. */
  readonly authority: string;
  readonly parent: ComponentResource;
  /** Whose the key is, for its mark. */
  readonly owner: KeyOwner;
}

/** The recorded outputs of a child of the authority, by its type and name; undefined when the state has none. */
export type FindRecorded = (type: string, name: string) => RecordedOutputs | undefined;

/** How many keys of a role may exist at a time, for roles that are rotated. */
export type KeysAtOnce = Readonly<Partial<Record<KeyRole, number>>>;

/**
 * Where a certificate authority's keys come from: one key management service with its settings. Each key of an
 * authority may have a source of its own.
 */
export interface KeySource {
  /** The `kms` block of a ca.json whose keys come from here. */
  readonly kms: Input<KmsBlock>;
  /** Settles when the source knows what it must know before the authority is registered. */
  readonly ready?: Promise<unknown>;
  /** Whether no setting is an Output or a Promise. Where one is, {@link problems} is asked again once the source is ready. Default true. */
  readonly isKnownAtOnce?: boolean;
  /** What its keys are made with: with another value they are other keys. For a rotation, whose keys the engine does not protect. */
  readonly fixed?: Input<Readonly<Record<string, unknown>>>;
  /**
   * What is wrong with the settings as far as they are known, found before anything is registered.
   *
   * @param roles the keys that are to come from here
   * @param atOnce how many of a key there may be; one where nothing is said
   */
  problems(algorithm: Algorithm, roles: readonly KeyRole[], atOnce?: KeysAtOnce): readonly Problem[];
  /**
   * What is wrong with the settings beside what the last run recorded, and beside what exists already, found before
   * anything is registered. A preview asks no key management service.
   */
  recordedProblems?(keys: readonly PlannedKey[], find: FindRecorded): Promise<readonly Problem[]>;
  /** What the hardware says of its keys, by key, once they are declared. */
  readonly attestations?: Output<Attestations>;
  /** Declares a key. */
  declareKey(declaration: KeyDeclaration): SigningKey;
  /**
   * What it declared beside its keys, such as an alias, once that is clear. What is protected depends on these resources, so
   * the engine refuses to destroy the authority before it deletes one of them.
   */
  companions?(): Promise<Resource[]>;
  /** Has the certificate of a key from here stored beside it, where step-ca wants it there. */
  storeCertificate?(declaration: KeyDeclaration, key: SigningKey, certificate: Certificate): void;
}

/**
 * Whether the engine leaves a key of another provider where it is when it leaves the program. Set from the first, and read
 * from the state of the last run: never switched for the sake of a retirement. A key that somebody else made always stays.
 */
export function retention(
  generation: KeyGeneration | undefined,
  { isForeign }: { readonly isForeign: boolean },
): { retainOnDelete?: boolean } {
  return isForeign || generation?.deleteWhenRetired === false ? { retainOnDelete: true } : {};
}
