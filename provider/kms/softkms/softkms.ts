import { createHash, randomBytes } from "node:crypto";
import { readdir, unlink } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { PkiError, systemCode } from "../../errors";
import { removeTemporaries, replaceFile } from "../../files";
import { ALGORITHM_NAMES, fitsAlgorithm } from "../algorithms";
import { type EncryptionKey, encryptPrivateKey } from "./encryptedPrivateKey";
import { EncryptionKeys } from "./encryptionKeys";
import { resourceIn } from "../ownerMark";
import {
  createKeyFile,
  isKeyFile,
  keyDirectoryUnusable,
  keyExists,
  keyOfAnother,
  makeKeyDirectory,
  readKeyFile,
} from "./keyFile";
import type { KeyDescription, KeyManager, KeyReference, Signer } from "../keyManager";
import { generateKeyPair, keyPairSigner } from "./keyPair";
import { withoutQuery } from "../keyUri";
import { readKeyOf } from "../publicKey";
import {
  asReleased,
  isKeyFileFor,
  isKeyFileOfAnother,
  type WantedKeyFile,
  withHeader,
  withoutHeader,
} from "./softKeyFiles";
import { isEncrypted } from "./privateKeyPem";
import { type OpenedKey, openSoftKey, type SoftKeyPassphrases } from "./softKeyPassphrases";
import { softKeyPath, softKeyUri } from "./softKeyUri";

/** A request to make a key file. Its owner is written above the key, by which a cut-off call is recognised. */
export interface SoftKeyRequest extends WantedKeyFile {
  /** The key's URI, `softkms:path=keys/root.pem`. */
  readonly uri: string;
}

/** What softkms needs from outside. */
export interface SoftKmsOptions extends SoftKeyPassphrases {
  /** The folder that relative paths are relative to. */
  readonly rootDirectory: string;
}

/** What was recorded of a key when it was made. */
export interface RecordedKey {
  readonly publicKeyPem: string;
  readonly fileSha256: string;
}

/** What became of a key's file. */
export interface SoftKeyState {
  readonly status: "present" | "missing" | "changed";
  /** Of the file when it is present, as recorded otherwise. */
  readonly fileSha256: string;
}

/**
 * The embedded KMS: private keys in PEM files, encrypted under one passphrase, as step-ca's `softkms` reads them. The
 * folder has mode 0700, a file 0600 from its first moment.
 */
export class SoftKms implements KeyManager {
  readonly algorithms = ALGORITHM_NAMES;
  readonly #options: SoftKmsOptions;
  /** Keys by path. The same file is decrypted once a process: the derivation is slow on purpose. */
  readonly #loaded = new Map<string, OpenedKey & { readonly fileSha256: string }>();
  /** What the keys of a folder are under, when it holds any. */
  readonly #preparedDirectories = new Map<string, Promise<string | undefined>>();
  readonly #encryptionKeys = new EncryptionKeys();

  constructor(options: SoftKmsOptions) {
    this.#options = options;
  }

  /** Makes a key, or finds the one that an earlier, cut-off call of the same request made. @throws PkiError `KEY_EXISTS` */
  async createKey(request: SoftKeyRequest): Promise<KeyDescription> {
    const path = this.#resolve(request.uri);
    // Begun first, as it takes longest. A refusal below leaves it unused.
    const encryptionKey = request.encrypted ? this.#encryptionKeyFor(dirname(path)) : undefined;
    encryptionKey?.catch(() => undefined); // awaited below
    await this.#prepareDirectory(dirname(path));
    await removeTemporaries(path);
    if (await isKeyFile(path)) {
      return this.#takeInterrupted(request);
    }
    const pair = await generateKeyPair(request.algorithm);
    const pem =
      encryptionKey === undefined
        ? pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
        : encryptPrivateKey(pair.privateKey, await encryptionKey);
    const content = withHeader(pem, request);
    await createKeyFile(path, content, request.uri);
    this.#loaded.set(path, { fileSha256: sha256(content), pair, passphrase: undefined });
    return { uri: request.uri, publicKey: pair.publicKey };
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    return { uri: withoutQuery(uri), publicKey: (await this.#load(uri)).pair.publicKey };
  }

  async createSigner({ uri, algorithm }: KeyReference): Promise<Signer> {
    return keyPairSigner((await this.#load(uri)).pair, algorithm, withoutQuery(uri));
  }

  /** Deletes a key. One that is gone already is no error. */
  async deleteKey(uri: string): Promise<void> {
    const path = this.#resolve(uri);
    this.#loaded.delete(path);
    try {
      await unlink(path);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") {
        throw keyDirectoryUnusable(dirname(path), error);
      }
    }
  }

  /** Leaves a key's file where it is, marked as nobody's: no resource takes it for one that it made. */
  async releaseKey(uri: string): Promise<void> {
    const content = await this.#readFile(uri);
    await replaceFile(this.#resolve(uri), asReleased(content));
  }

  close(): Promise<void> {
    this.#loaded.clear();
    return Promise.resolve();
  }

  /**
   * Whether a key's file still holds the key that it was made with. A file with the recorded SHA-256 is not decrypted,
   * so that drift is seen without the passphrase.
   *
   * @throws PkiError on doubt, such as a passphrase that does not fit
   */
  async inspect(uri: string, recorded: RecordedKey): Promise<SoftKeyState> {
    let fileSha256: string;
    try {
      fileSha256 = await this.fileSha256(uri);
      if (fileSha256 === recorded.fileSha256) {
        return { status: "present", fileSha256 };
      }
    } catch (error) {
      if (error instanceof PkiError && error.code === "KEY_NOT_FOUND") {
        return { status: "missing", fileSha256: recorded.fileSha256 };
      }
      throw error;
    }
    const { publicKey } = (await this.#load(uri)).pair;
    return publicKey.equals(readKeyOf(withoutQuery(uri), recorded.publicKeyPem))
      ? { status: "present", fileSha256 } // the same key, encrypted anew
      : { status: "changed", fileSha256: recorded.fileSha256 };
  }

  /** Whether a key's file is to the octet what was recorded. */
  async compareFile(uri: string, fileSha256: string): Promise<"same" | "other" | "missing"> {
    try {
      return (await this.fileSha256(uri)) === fileSha256 ? "same" : "other";
    } catch (error) {
      if (error instanceof PkiError && error.code === "KEY_NOT_FOUND") {
        return "missing";
      }
      throw error;
    }
  }

  /** The SHA-256 of a key's file, in hex. */
  async fileSha256(uri: string): Promise<string> {
    return sha256(await this.#readFile(uri));
  }

  /** Another passphrase in a folder that has keys already would lock step-ca out, which takes only one. */
  #encryptionKeyFor(directory: string): Promise<EncryptionKey> {
    const { passphrase, earlierPassphrase } = this.#options;
    const given = passphrase();
    return (earlierPassphrase?.() ?? given) === given
      ? this.#encryptionKeys.under(given)
      : this.#prepareDirectory(directory).then((ofFolder) => this.#encryptionKeys.under(ofFolder ?? given));
  }

  #resolve(uri: string): string {
    const path = softKeyPath(uri);
    return isAbsolute(path) ? path : join(this.#options.rootDirectory, path);
  }

  async #load(uri: string): Promise<OpenedKey & { readonly fileSha256: string }> {
    const path = this.#resolve(uri);
    const pem = await this.#readFile(uri);
    const fileSha256 = sha256(pem);
    let loaded = this.#loaded.get(path);
    if (loaded?.fileSha256 !== fileSha256) {
      loaded = { fileSha256, ...openSoftKey(pem, withoutQuery(uri), this.#options) };
      this.#loaded.set(path, loaded);
    }
    return loaded;
  }

  #readFile(uri: string): Promise<string> {
    return readKeyFile(this.#resolve(uri), withoutQuery(uri));
  }

  /** A file that stands where a key is to be made is either what our own cut-off call left, or not ours to touch. */
  async #takeInterrupted(request: SoftKeyRequest): Promise<KeyDescription> {
    const content = await this.#readFile(request.uri);
    if (!isKeyFileFor(content, request)) {
      throw isKeyFileOfAnother(content, request) ? keyOfAnother(request.uri) : keyExists(request.uri);
    }
    const { pair, passphrase } = await this.#load(request.uri);
    if (!fitsAlgorithm(pair.publicKey, request.algorithm)) {
      throw keyExists(request.uri);
    }
    // Marked, so that it is no longer the file that a state may hold as to be deleted.
    const path = this.#resolve(request.uri);
    const marked = withHeader(withoutHeader(content), request, `taken ${randomBytes(8).toString("hex")}`);
    await replaceFile(path, marked);
    this.#loaded.set(path, { fileSha256: sha256(marked), pair, passphrase });
    this.#options.notice(
      `${request.uri} was made by an earlier run of ${resourceIn(request.owner)} that did not end; it is taken.`,
    );
    return { uri: request.uri, publicKey: pair.publicKey };
  }

  /** Makes the folder, and tries the passphrase on a key that it already holds, whose it returns. Once a process and folder. */
  #prepareDirectory(directory: string): Promise<string | undefined> {
    let preparing = this.#preparedDirectories.get(directory);
    if (preparing === undefined) {
      preparing = this.#makeDirectory(directory);
      this.#preparedDirectories.set(directory, preparing);
      preparing.catch(() => this.#preparedDirectories.delete(directory));
    }
    return preparing;
  }

  async #makeDirectory(directory: string): Promise<string | undefined> {
    await makeKeyDirectory(directory);
    for (const name of await readdir(directory)) {
      const uri = softKeyUri(join(directory, name));
      if (name.endsWith(".pem") && isEncrypted(await this.#readFile(uri))) {
        return (await this.#load(uri)).passphrase;
      }
    }
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
