import type { Output } from "../pulumi";
import type { KeyRole } from "../authority/keyNames";
import type { ExistingKey } from "../resources/existingKey";
import type { KeySource } from "./keySource";

/** The root stack's settings, for the part of a KMS in the root stack. */
export interface StackSettings {
  /** Reads a setting; undefined for an empty string. */
  optional(name: string): string | undefined;
  require(name: string): string;
  requireBoolean(name: string): boolean;
  requireNumber(name: string): number;
  requireObject(name: string): unknown;
  getObject(name: string): unknown;
  /** Reads the entries of an object setting for keys with these roles. */
  byRole<Value>(name: string, roles: readonly KeyRole[]): Partial<Record<KeyRole, Value>> | undefined;
  /**
   * Reads a setting that several KMSs have. It counts for another KMS only if the stack has no keys in a KMS with this setting.
   */
  ofKms(scheme: string, name: string): string | undefined;
  /** Reads a setting of another package, such as `aws:region`. */
  ofPackage(namespace: string, name: string): string | undefined;
  /** Reads the certificates in a file. @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `INPUT_INVALID` */
  pem(name: string): string | undefined;
  /** Reads the JSON in a file. @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `CONFIG_INVALID` */
  json(name: string): string | undefined;
}

/** The outputs of a stack that only some KMSs have. */
export type StackOutputs = Record<string, Output<unknown>>;

/** The keys of a stack that are in one KMS. */
export interface StackKeys {
  readonly root: KeySource;
  readonly intermediate: KeySource;
  /** The stack's outputs, once the keys are declared. @param root the key of an existing root, if it is in this KMS */
  readonly outputs: (root?: ExistingKey) => StackOutputs;
}

/** The arguments of an `ExistingKey`. */
export interface NamedKey {
  readonly uri: string;
  /** How to reach its KMS, if anything says so. */
  readonly kms?: string | undefined;
}

/** The part of a KMS in the root stack, which the module in `KmsDescriptor.stackModule` exports. */
export interface StackKms {
  /** The keys that the settings describe. */
  keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys;
  /**
   * The key in the setting `rootKey`. The key's own name determines how to reach its KMS, and otherwise the settings do.
   *
   * @throws PkiError `KEY_URI_INVALID`, `CONFIG_INVALID`
   */
  rootKey(settings: StackSettings, key: string): NamedKey;
  /** The key source of these arguments, for a program that cannot construct it itself. */
  source(args: object): KeySource;
  /** The settings whose names differ from the arguments of the key source, by argument. */
  readonly settingNames?: Readonly<Record<string, string>>;
  /** The stack's outputs for an existing root in this KMS, if no other key is in it. */
  outputsOfRoot?(root: ExistingKey): StackOutputs;
}
