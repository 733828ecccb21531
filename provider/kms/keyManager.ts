import type { KeyObject } from "node:crypto";
import type { Algorithm } from "./algorithms";

/** A private key at work. It stays where it is; only signatures come out. */
export interface Signer {
  readonly algorithm: Algorithm;
  readonly publicKey: KeyObject;
  /**
   * Signs a message (not its digest).
   *
   * @returns the signature in the form that X.509 carries: DER for ECDSA, the plain octets for RSA and Ed25519
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A key by its URI, with what is already known of it, so that a backend need not ask again. */
export interface KeyReference {
  /** The key's URI, as step-ca spells it. */
  readonly uri: string;
  /** The algorithm to sign with. */
  readonly algorithm: Algorithm;
  /** The public half as SPKI PEM, when it is known. */
  readonly publicKeyPem?: string;
}

/** A key that exists: where it is and its public half. */
export interface KeyDescription {
  readonly uri: string;
  readonly publicKey: KeyObject;
}

/** What every backend can do. One instance serves one provider process. */
export interface KeyManager {
  /** The algorithms that keys of this backend may have. */
  readonly algorithms: readonly Algorithm[];
  /**
   * Reads the public half of a key.
   *
   * @throws PkiError `KEY_NOT_FOUND` when it is certain that there is no such key
   */
  getPublicKey(uri: string): Promise<KeyObject>;
  /** A signer for a key that exists. */
  createSigner(key: KeyReference): Promise<Signer>;
  /** Gives back what the backend holds (connections, keys in memory). */
  close(): Promise<void>;
}

/** Beside {@link KeyManager}: a backend in which we make the keys ourselves. */
export interface KeyCreator<Request> {
  /**
   * Makes a key, or finds the one that an earlier, cut-off call of the same request made.
   *
   * @throws PkiError `KEY_EXISTS` when the place is taken by another key
   */
  createKey(request: Request): Promise<KeyDescription>;
}

/** Beside {@link KeyManager}: a backend in which we may delete keys. */
export interface KeyDeleter {
  /** Deletes a key. One that is gone already is no error. */
  deleteKey(uri: string): Promise<void>;
}
