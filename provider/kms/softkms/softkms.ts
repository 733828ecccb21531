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
import { shownSoftKeyUri, softKeyPath, softKeyUri } from "./softKeyUri";

/** A request to make a key file. Its owner is written above the key, so that an interrupted call can be recognized. */
export interface SoftKeyRequest extends WantedKeyFile {
  /** The key's URI, `softkms:path=keys/root.pem`. */
  readonly uri: string;
}

/** The surroundings of softkms. */
export interface SoftKmsOptions extends SoftKeyPassphrases {
  /** The folder that relative paths start from. */
  readonly rootDirectory: string;
}

/** The record of a key from when it was made. */
export interface RecordedKey {
  readonly publicKeyPem: string;
  readonly fileSha256: string;
}

/** The current state of a key's file. */
export interface SoftKeyState {
  readonly status: "present" | "missing" | "changed";
  /** The SHA-256 of the present file; otherwise the recorded one. */
  readonly fileSha256: string;
}

/**
 * The embedded KMS: private keys in PEM files, encrypted under one passphrase, as step-ca's `softkms` reads them. The
 * folder has mode 0700. A file has mode 0600 from its first moment.
 */
export class SoftKms implements KeyManager {
  readonly algorithms = ALGORITHM_NAMES;
  readonly #options: SoftKmsOptions;
  /** Keys by path. A file is decrypted only once a process, because the derivation is slow on purpose. */
  readonly #loaded = new Map<string, OpenedKey & { readonly fileSha256: string }>();
  /** The passphrase of the keys in each folder that holds any. */
  readonly #preparedDirectories = new Map<string, Promise<string | undefined>>();
  readonly #encryptionKeys = new EncryptionKeys();

  constructor(options: SoftKmsOptions) {
    this.#options = options;
  }

  /** Makes a key, or finds the key that an interrupted call with the same request made. @throws PkiError `KEY_EXISTS` */
  async createKey(request: SoftKeyRequest): Promise<KeyDescription> {
    const path = this.#resolve(request.uri);
    // Started first, because it takes longest. A refusal below leaves it unused.
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
    return { uri: shownSoftKeyUri(uri), publicKey: (await this.#load(uri)).pair.publicKey };
  }

  async createSigner({ uri, algorithm }: KeyReference): Promise<Signer> {
    return keyPairSigner((await this.#load(uri)).pair, algorithm, shownSoftKeyUri(uri));
  }

  /** Deletes a key. A key that is already gone is not an error. */
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

  /** Leaves a key's file in place, marked as released, so that no resource takes it for its own. */
  async releaseKey(uri: string): Promise<void> {
    const content = await this.#readFile(uri);
    await replaceFile(this.#resolve(uri), asReleased(content));
  }

  close(): Promise<void> {
    this.#loaded.clear();
    return Promise.resolve();
  }

  /**
   * Whether a key's file still holds its original key. A file with the recorded SHA-256 is not decrypted, so drift is
   * detected without the passphrase.
   *
   * @throws PkiError if in doubt, such as for a wrong passphrase
   */
  async inspect(uri: string, recorded: RecordedKey): Promise<SoftKeyState> {
    const file = await this.compareFile(uri, recorded.fileSha256);
    if (file !== "other") {
      return { status: file === "same" ? "present" : "missing", fileSha256: recorded.fileSha256 };
    }
    const { fileSha256, pair } = await this.#load(uri);
    return pair.publicKey.equals(readKeyOf(shownSoftKeyUri(uri), recorded.publicKeyPem))
      ? { status: "present", fileSha256 } // the same key, encrypted again
      : { status: "changed", fileSha256: recorded.fileSha256 };
  }

  /** Whether a key's file is exactly the recorded one. */
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

  /**
   * The encryption key for a folder. A second passphrase in a folder with keys would lock out step-ca, which accepts only one.
   */
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
      loaded = { fileSha256, ...openSoftKey(pem, shownSoftKeyUri(uri), this.#options) };
      this.#loaded.set(path, loaded);
    }
    return loaded;
  }

  #readFile(uri: string): Promise<string> {
    return readKeyFile(this.#resolve(uri), shownSoftKeyUri(uri));
  }

  /** Takes over a file in the place of a new key. Either an interrupted call left it, or it must not be touched. */
  async #takeInterrupted(request: SoftKeyRequest): Promise<KeyDescription> {
    const content = await this.#readFile(request.uri);
    if (!isKeyFileFor(content, request)) {
      throw isKeyFileOfAnother(content, request) ? keyOfAnother(request.uri) : keyExists(request.uri);
    }
    const { pair, passphrase } = await this.#load(request.uri);
    if (!fitsAlgorithm(pair.publicKey, request.algorithm)) {
      throw keyExists(request.uri);
    }
    // Marked, so that it is no longer the file that a state may have scheduled for deletion.
    const path = this.#resolve(request.uri);
    const marked = withHeader(withoutHeader(content), request, `taken ${randomBytes(8).toString("hex")}`);
    await replaceFile(path, marked);
    this.#loaded.set(path, { fileSha256: sha256(marked), pair, passphrase });
    this.#options.notice(`using ${request.uri}, which an interrupted run of ${resourceIn(request.owner)} made.`);
    return { uri: request.uri, publicKey: pair.publicKey };
  }

  /**
   * Creates the folder, and tries the passphrase on a key in it. Returns the passphrase of that key. Runs once for each
   * process and folder.
   */
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
