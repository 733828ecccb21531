import type { Input, Output } from "../pulumi";
import type { Algorithm } from "../kms/algorithms";
import { compromisedKeys } from "./compromisedKeys";
import { endOfTurn } from "./turn";

/** A key that can sign, wherever it lives. Every key resource of this package is one. */
export interface SigningKey {
  /** The key's URI, as step-ca spells it. */
  readonly uri: Output<string>;
  /** The algorithm that it signs with. */
  readonly algorithm: Output<Algorithm>;
  /** Its public key, as SPKI PEM. */
  readonly publicKeyPem: Output<string>;
  /** How to reach its KMS, as in `kms.uri` of ca.json. Undefined: as the KMS's own SDK finds it. */
  readonly kms: Output<string | undefined>;
  /** The program's name of the key. It tells a preview that the key stays. Default: `uri`. */
  readonly givenUri?: Input<string> | undefined;
}

/** A {@link SigningKey}, or the same facts given by hand. */
export interface SigningKeyInput {
  readonly uri: Input<string>;
  readonly algorithm: Input<Algorithm>;
  readonly publicKeyPem: Input<string>;
  readonly kms?: Input<string | undefined>;
  readonly givenUri?: Input<string> | undefined;
}

const compromised = new WeakSet<SigningKeyInput>();

/** Remembers that a key of this program is compromised. Nothing may be signed with it or for it any more. */
export function markCompromised(key: SigningKeyInput): void {
  compromised.add(key);
}

/** Whether a key of this program is compromised. */
export function isCompromised(key: SigningKeyInput): boolean {
  return compromised.has(key);
}

/**
 * The values that the provider needs to sign with a key. Not one output over all of them: in a preview it would be
 * unknown as a whole.
 */
export function signingReference(key: SigningKeyInput | undefined): object | undefined {
  if (key === undefined) {
    return undefined;
  }
  const compromised = isCompromised(key) ? true : isCompromisedLater(key);
  return { uri: key.uri, algorithm: key.algorithm, kms: key.kms, compromised, compromisedKeys: compromisedKeys() };
}

/** The same once the program has declared everything: an authority may come after what its key signs. */
async function isCompromisedLater(key: SigningKeyInput): Promise<true | undefined> {
  await endOfTurn().catch(() => undefined); // its refusal is reported elsewhere
  return isCompromised(key) ? true : undefined;
}
