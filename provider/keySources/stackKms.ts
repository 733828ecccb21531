import type { Output } from "@pulumi/pulumi";
import type { KeyRole } from "../authority/keyNames";
import type { ExistingKey } from "../resources/existingKey";
import type { KeySource } from "./keySource";

/** How the part of a KMS in the root stack reads the stack's settings. */
export interface StackSettings {
  /** Undefined for an empty text. */
  optional(name: string): string | undefined;
  require(name: string): string;
  requireBoolean(name: string): boolean;
  requireNumber(name: string): number;
  requireObject(name: string): unknown;
  getObject(name: string): unknown;
  /** Of an object by key, what concerns keys with these roles. */
  byRole<Value>(name: string, roles: readonly KeyRole[]): Partial<Record<KeyRole, Value>> | undefined;
  /** A setting that several KMSs have: it counts for another only where the stack has no keys in one that has it. */
  ofKms(scheme: string, name: string): string | undefined;
  /** A setting of another package, such as `aws:region`. */
  ofPackage(namespace: string, name: string): string | undefined;
  /** The certificates in a file. @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `INPUT_INVALID` */
  pem(name: string): string | undefined;
  /** The JSON in a file. @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `CONFIG_INVALID` */
  json(name: string): string | undefined;
}

/** The outputs of a stack that only some KMSs give. */
export type StackOutputs = Record<string, Output<unknown>>;

/** The keys of a stack that are in one KMS. */
export interface StackKeys {
  readonly root: KeySource;
  readonly intermediate: KeySource;
  /** What the stack gives out once the keys are declared. @param root the key of a root that exists, where this KMS has it */
  readonly outputs: (root?: ExistingKey) => StackOutputs;
}

/** A key as `ExistingKey` takes it. */
export interface NamedKey {
  readonly uri: string;
  /** How its KMS is reached, where anything says so. */
  readonly kms?: string | undefined;
}

/** The part of a KMS in the root stack: what the module exports that `KmsDescriptor.stackModule` names. */
export interface StackKms {
  /** The keys that the settings describe. */
  keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys;
  /**
   * The key that the setting `rootKey` names. Its KMS is reached as the key's own name says, and otherwise as the settings say.
   *
   * @throws PkiError `KEY_URI_INVALID`, `CONFIG_INVALID`
   */
  rootKey(settings: StackSettings, key: string): NamedKey;
  /** The settings that are not called as the arguments of its source of keys, by argument. Others are. */
  readonly settingNames?: Readonly<Record<string, string>>;
  /** What the stack gives out for a root that exists in this KMS, where no other key is. */
  outputsOfRoot?(root: ExistingKey): StackOutputs;
}
