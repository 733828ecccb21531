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

/** A statement of the hardware that a key is in, that it is there. */
export interface Attestation {
  /** The KMS's name of the format. */
  readonly format: string;
  /** Base64. */
  readonly content: string;
  /** The certificates that it is to be verified by, as PEM, by the KMS's names of the chains, where it gives them. */
  readonly certChains?: Readonly<Record<string, readonly string[]>>;
}

/** A key that exists: where it is and its public half. */
export interface KeyDescription {
  /** The one URI by which step-ca finds this key, whatever it was asked for by. */
  readonly uri: string;
  readonly publicKey: KeyObject;
  /** The KMS's own full name of the key, such as an ARN, where it has one. */
  readonly resourceName?: string;
  /** What the key signs with, where the KMS has fixed one algorithm for it. */
  readonly algorithm?: Algorithm;
  /** What the KMS's hardware says of the key, where it says something. */
  readonly attestation?: Attestation;
  /** The `kms.uri` by which the key is reached, when its name says more of that than was known. */
  readonly kms?: string;
}

/** What every backend can do. One instance serves one provider process. */
export interface KeyManager {
  /** The algorithms that keys of this backend may have. */
  readonly algorithms: readonly Algorithm[];
  /**
   * Looks a key up.
   *
   * @throws PkiError `KEY_NOT_FOUND` when it is certain that there is no such key
   */
  describeKey(uri: string): Promise<KeyDescription>;
  /** A signer for a key that exists. */
  createSigner(key: KeyReference): Promise<Signer>;
  /** Gives back what the backend holds (connections, keys in memory). */
  close(): Promise<void>;
}

/** Beside {@link KeyManager}: a backend whose keys can be there and yet not be used. */
export interface KeyStateReader {
  /**
   * Asks the KMS, once, whether a key can be used.
   *
   * @returns the KMS's own full name of the key, as {@link KeyDescription.resourceName}: it never comes to stand for another
   * @throws PkiError `KEY_DISABLED`, `KEY_PENDING_DELETION`, `KEY_NOT_FOUND`
   */
  requireUsable(uri: string): Promise<string>;
}

/** Whether a backend can tell of a key that it is there and cannot be used. */
export function readsKeyStates(manager: object): manager is KeyStateReader {
  return "requireUsable" in manager;
}
