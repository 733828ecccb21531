import type { Secret, SecretSources } from "../words/secrets";
import type { Algorithm } from "./algorithms";
import type { KeyManager } from "./keyManager";
import type { RecordedStack } from "./recordedStack";
import type { KeyTakeover } from "./takeover";
import type { KeySearch } from "./unknownKey";

/** The surroundings of a KMS in its process. */
export interface KmsContext {
  readonly secrets: SecretSources;
  /** Receives a message for the person at the terminal. */
  readonly notice: (message: string) => void;
}

/**
 * Opens key managers in one process.
 *
 * @param kms how to reach the KMS, as in `kms.uri` of ca.json. Default as the KMS's own SDK finds it
 * @param uri the key to open it for
 */
export type KmsOpener<Manager extends KeyManager> = (kms?: string, uri?: string) => Promise<Manager>;

/** The description of a KMS for all shared code. Each KMS has one in its folder. */
export interface KmsDescriptor<Manager extends KeyManager = KeyManager> {
  /** step-ca's name of the KMS: the `type` of a `kms` block, the scheme of its key URIs, and the name of its folder. */
  readonly scheme: string;
  /** The scheme in older files. */
  readonly olderScheme?: string;
  /** The name for people. */
  readonly title: string;
  /** The optional package that signing needs, if any. */
  readonly packageName?: string;
  /** The algorithms that its keys may have. */
  readonly algorithms: readonly Algorithm[];
  /** The attributes in its URIs, in lowercase, that are no secret. */
  readonly uriAttributes: readonly string[];
  /** Whether a text names one of its keys without a scheme. */
  readonly isBareKeyName?: (text: string) => boolean;
  /**
   * The canonical URI of a key, from any of its spellings; undefined if only the KMS itself can tell.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly canonicalKeyUri: (text: string) => string | undefined;
  /** Makes the opener for a process. Nothing is loaded until a key manager is opened. */
  readonly open: (context: KmsContext) => KmsOpener<Manager>;
  /** Searches the KMS for keys that a stack has made and its state does not know. */
  readonly searchKeys: (state: RecordedStack, context: KmsContext) => Promise<KeySearch>;
  /**
   * The resource type by which a key of it stands in the state, without the module: `ExistingKey` where a key is only read.
   */
  readonly keyResource: string;
  /**
   * The file of a key, for a KMS of files.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly keyFile?: (uri: string) => string;
  /**
   * The `kms.uri` of ca.json, with the paths in it replaced.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly placeFiles?: (kmsUri: string, place: (path: string) => string) => string;
  /** The file from which step-ca reads the KMS's secret, as `kms.uri` of ca.json names it. */
  readonly secretFile?: (kmsUri: string) => string | undefined;
  /** Loads what takes over keys that a running step-ca has in it. */
  readonly takeover: () => Promise<KeyTakeover<Manager>>;
  /** The secrets that only this KMS needs. Each may also be set for one device among several. */
  readonly deviceSecrets?: readonly Secret[];
  /** The settings of the root stack that concern its keys. */
  readonly settings: readonly string[];
  /** Whether a stack has SSH keys in it by default. */
  readonly hasSshKeysByDefault: boolean;
  /** Whether it may hold only the root, with all other keys in files. */
  readonly canHoldRootOnly: boolean;
  /**
   * The module that exports its part in the root stack as `stackKms`. An absolute path, because only a program may load it.
   */
  readonly stackModule: string;
}
