import type { Problem } from "../words/problem";
import { isCompromised } from "./compromisedKeys";
import type { SigningKeyInput } from "./signingKey";

/**
 * The values that the provider needs to sign with a key. Not one output over all of them: in a preview it would be
 * unknown as a whole.
 */
export function keyReference(key: SigningKeyInput | undefined): object | undefined {
  return key === undefined
    ? undefined
    : {
        ...{ uri: key.uri, algorithm: key.algorithm, kms: key.kms },
        ...(isCompromised(key) ? { compromised: true } : {}),
      };
}

/** The problem of an issuer that can only verify. */
export function noIssuerKey(): Problem {
  return {
    code: "INPUT_INVALID",
    property: "issuer",
    reason: "the issuer was declared without a signing key",
    remedy: "Declare the issuer with key, or give { key, certificatePem }",
  };
}
