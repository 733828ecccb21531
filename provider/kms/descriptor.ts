import type { Secret, SecretSources } from "../words/secrets";
import type { Algorithm } from "./algorithms";
import type { KeyManager } from "./keyManager";
import type { RecordedStack } from "./recordedStack";
import type { KeySearch } from "./unknownKey";

/** What a KMS needs from the process that it is used in. */
export interface KmsContext {
  readonly secrets: SecretSources;
  /** Where a finding that a person should see goes. */
  readonly notice: (message: string) => void;
}

/**
 * Opens key managers in one process.
 *
 * @param kms how the KMS is reached, as in `kms.uri` of ca.json; as the KMS's own SDK finds it by default
 * @param uri the key that it is opened for
 */
export type KmsOpener<Manager extends KeyManager> = (kms?: string, uri?: string) => Promise<Manager>;

/** What all that is not one KMS's knows of a KMS. Each has one, in its folder. */
export interface KmsDescriptor<Manager extends KeyManager = KeyManager> {
  /** step-ca's name of it: the `type` of a `kms` block, the scheme of its key URIs, and the name of its folder. */
  readonly scheme: string;
  /** The scheme in older files. */
  readonly olderScheme?: string;
  /** As people call it. */
  readonly title: string;
  /** The package that signing needs, where it is one that only some users install. */
  readonly packageName?: string;
  /** The algorithms that its keys may have. */
  readonly algorithms: readonly Algorithm[];
  /** Whether a text names a key of it without a scheme. */
  readonly isBareKeyName?: (text: string) => boolean;
  /**
   * The one URI of a key, from any of its spellings; undefined where only the KMS itself can tell.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly canonicalKeyUri: (text: string) => string | undefined;
  /** Begins a process's use of it. Nothing is loaded before a manager is asked for. */
  readonly open: (context: KmsContext) => KmsOpener<Manager>;
  /** Searches it for keys that a stack has made and its state does not know. */
  readonly searchKeys: (state: RecordedStack, context: KmsContext) => Promise<KeySearch>;
  /** The resource type by which a key of it stands in the state, without the module: `ExistingKey` where a key is only read. */
  readonly keyResource: string;
  /**
   * The file that is a key, for a KMS of files.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly keyFile?: (uri: string) => string;
  /**
   * The `kms.uri` of ca.json with the files that it names elsewhere.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  readonly placeFiles?: (kmsUri: string, place: (path: string) => string) => string;
  /** The file that step-ca reads its secret from, as `kms.uri` of ca.json names it. */
  readonly secretFile?: (kmsUri: string) => string | undefined;
  /** The secrets that it needs beside those of all, each also for one device among several. */
  readonly deviceSecrets?: readonly Secret[];
  /** The settings of the root stack that concern its keys. */
  readonly settings: readonly string[];
  /** Whether a stack has SSH keys in it when nothing is said. */
  readonly hasSshKeysByDefault: boolean;
  /** Whether it may hold the root alone, with all other keys in files. */
  readonly canHoldRootOnly: boolean;
  /** The module that exports its part in the root stack as `stackKms`: by its absolute path, since only a program may load it. */
  readonly stackModule: string;
}
