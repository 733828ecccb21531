import { keyCompromised } from "../inputs/withdrawal";
import type { Problem } from "../words/problem";
import type { SigningKeyInput } from "./signingKey";

const compromised = new WeakSet<SigningKeyInput>();

/** Remembers that a key of this program is compromised. Nothing may be signed with it or for it any more. */
export function markCompromised(key: SigningKeyInput): void {
  compromised.add(key);
}

/** Whether a key of this program is compromised. */
export function isCompromised(key: SigningKeyInput): boolean {
  return compromised.has(key);
}

/** Refuses a compromised key as the subject's key. */
export function checkSubjectInService(key: SigningKeyInput | undefined): Problem[] {
  return key !== undefined && isCompromised(key)
    ? [keyCompromised("key", "this key is compromised, and no certificate is issued for it")]
    : [];
}
