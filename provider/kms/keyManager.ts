import type { KeyObject } from "node:crypto";
import type { Algorithm } from "./algorithms";

/** A private key that can sign. The key stays where it is, and only signatures come out. */
export interface Signer {
  readonly algorithm: Algorithm;
  readonly publicKey: KeyObject;
  /**
   * Signs a message (not its digest).
   *
   * @returns the signature in the form of X.509: DER for ECDSA, the plain octets for RSA and Ed25519
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A key by its URI, with everything already known about it, so the KMS is not asked again. */
export interface KeyReference {
  /** The key's URI, as step-ca spells it. */
  readonly uri: string;
  /** The algorithm to sign with. */
  readonly algorithm: Algorithm;
  /** The public key as SPKI PEM, if known. */
  readonly publicKeyPem?: string;
}

/** A statement by hardware that it holds a key. */
export interface Attestation {
  /** The KMS's name of the format. */
  readonly format: string;
  /** Base64. */
  readonly content: string;
  /** The certificates to verify it, as PEM, by the KMS's names of the chains; absent if the KMS gives none. */
  readonly certChains?: Readonly<Record<string, readonly string[]>>;
}

/** An existing key: its place and its public key. */
export interface KeyDescription {
  /** The canonical URI by which step-ca finds the key, whatever name was asked for. */
  readonly uri: string;
  readonly publicKey: KeyObject;
  /** The KMS's own full name of the key, such as an ARN, if it has one. */
  readonly resourceName?: string;
  /** The algorithm of the key, if the KMS has fixed one. */
  readonly algorithm?: Algorithm;
  /** The hardware's attestation of the key, if there is one. */
  readonly attestation?: Attestation;
  /** The `kms.uri` that reaches the key, if its name tells more about that than was known. */
  readonly kms?: string;
}

/** The capabilities of every KMS. One instance serves one provider process. */
export interface KeyManager {
  /** The algorithms that keys of this KMS may have. */
  readonly algorithms: readonly Algorithm[];
  /**
   * Looks a key up.
   *
   * @throws PkiError `KEY_NOT_FOUND` only if there is certainly no such key
   */
  describeKey(uri: string): Promise<KeyDescription>;
  /** Creates a signer for an existing key. */
  createSigner(key: KeyReference): Promise<Signer>;
  /** Releases connections and keys in memory. */
  close(): Promise<void>;
}

/** An addition to {@link KeyManager}: a KMS whose keys can exist and yet be unusable. */
export interface KeyStateReader {
  /**
   * Asks the KMS once whether a key can be used.
   *
   * @returns the KMS's own full name of the key, as {@link KeyDescription.resourceName}. The name never comes to mean
   * another key
   * @throws PkiError `KEY_DISABLED`, `KEY_PENDING_DELETION`, `KEY_NOT_FOUND`
   */
  requireUsable(uri: string): Promise<string>;
}

/** Whether a KMS can tell that a key exists but cannot be used. */
export function readsKeyStates(manager: object): manager is KeyStateReader {
  return "requireUsable" in manager;
}
