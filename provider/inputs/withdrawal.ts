import type { Problem } from "../words/problem";

/** A compromised key, as the last run recorded it. */
export interface CompromisedKey {
  /** In the canonical form. Absent for the key of an existing root, which the state does not know. */
  readonly uri?: string;
  /** SPKI PEM. */
  readonly publicKeyPem: string;
}

/** Refuses to issue a certificate with a compromised key or below a withdrawn CA. A withdrawn certificate is never issued. */
export function checkWithdrawal(inputs: Readonly<Record<string, unknown>>): Problem[] {
  if (inputs["withdrawn"] === true) {
    return [];
  }
  return [
    ...(fieldOf(inputs["issuer"], "withdrawn") === true
      ? [keyCompromised("issuer", "it was withdrawn, because its key or that of a CA above it is compromised")]
      : []),
    ...(fieldOf(inputs["signingKey"], "compromised") === true ? [signerCompromised()] : []),
  ];
}

/** Refuses to take something into service again that the last run withdrew. */
export function checkNotReturned(
  { withdrawn: was }: { readonly withdrawn?: unknown },
  { withdrawn: is }: { readonly withdrawn?: unknown },
): Problem[] {
  return was === true && is !== true ? [keyCompromised("withdrawn", "it was withdrawn, which is for good")] : [];
}

/** The problem of a certificate or list that a compromised key would sign. */
export function signerCompromised(): Problem {
  return keyCompromised("signingKey", "this key is compromised, and nothing is signed with it");
}

/** The problem of a certificate for a compromised key. */
export function subjectCompromised(): Problem {
  return keyCompromised("key", "this key is compromised, and no certificate is issued for it");
}

/** The problem of a compromised key or of a CA that has one. */
function keyCompromised(property: string, reason: string): Problem {
  return {
    code: "KEY_COMPROMISED",
    property,
    reason,
    remedy: "Use the generation that took its place. See docs/compromise.md",
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
