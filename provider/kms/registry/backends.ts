import type { KmsContext, KmsDescriptor, KmsOpener } from "../descriptor";
import type { KeyManager } from "../keyManager";
import { kmsRegistry } from "./registry";

/** The key managers of one process, each loaded at the first use of its keys. */
export class Backends {
  readonly #context: KmsContext;
  readonly #openers = new Map<KmsDescriptor, KmsOpener<KeyManager>>();

  constructor(context: KmsContext) {
    this.#context = context;
  }

  /**
   * The key manager of a KMS.
   *
   * @param kms how to reach it, as in `kms.uri` of ca.json. Default as the KMS's own SDK finds it
   */
  open<Manager extends KeyManager>(descriptor: KmsDescriptor<Manager>, kms?: string): Promise<Manager> {
    return this.#openerOf(descriptor)(kms);
  }

  /**
   * The key manager of a key.
   *
   * @param uri the key's URI, or the bare name of an AWS key
   * @param kms how to reach its KMS, as in `kms.uri` of ca.json. Default as the KMS's own SDK finds it
   * @throws PkiError `KEY_URI_INVALID`
   */
  async keyManager(uri: string, kms?: string): Promise<KeyManager> {
    return this.#openerOf(kmsRegistry.ofKey(uri))(kms, uri);
  }

  #openerOf<Manager extends KeyManager>(descriptor: KmsDescriptor<Manager>): KmsOpener<Manager> {
    const opener = this.#openers.get(descriptor) ?? descriptor.open(this.#context);
    this.#openers.set(descriptor, opener);
    // A descriptor's own opener.
    return opener as KmsOpener<Manager>;
  }
}
