import { KEY_ROLES, type KeyRole, partOf } from "../authority/keyNames";
import { algorithmOfPart } from "../authority/structure";
import { type Algorithm, fitsAlgorithm } from "../kms/algorithms";
import type { KeyDescription } from "../kms/keyManager";
import type { Problem } from "../words/problem";
import { publicKeyPem } from "../x509/certificate";

/** The keys of an authority, as far as they are known. */
export type KeysByRole = Readonly<Partial<Record<KeyRole, KeyDescription>>>;

/** Finds the keys that have two roles. */
export function sharedKeys(keys: KeysByRole): Problem[] {
  const texts = KEY_ROLES.flatMap((role) => {
    const key = keys[role];
    return key === undefined ? [] : [{ role, text: publicKeyPem(key.publicKey) }];
  });
  return texts.flatMap(({ role, text }, index): Problem[] => {
    const other = texts.slice(0, index).find((earlier) => earlier.text === text);
    return other === undefined
      ? []
      : [
          {
            code: "INPUT_INVALID",
            property: role,
            reason: `it is also the key of ${other.role}`,
            remedy: "An authority needs a separate key for each. Give the CA other keys first",
          },
        ];
  });
}

/**
 * Finds the SSH keys whose algorithm an authority cannot give them.
 *
 * @param algorithm of the intermediate
 */
export function otherAlgorithms(ssh: KeysByRole, algorithm: Algorithm): Problem[] {
  return (Object.entries(ssh) as [KeyRole, KeyDescription][]).flatMap(([role, key]): Problem[] => {
    const expected = algorithmOfPart({ algorithm }, partOf(role));
    return hasAlgorithm(key, expected)
      ? []
      : [
          {
            code: "ALGORITHM_UNSUPPORTED",
            property: role,
            reason: `it is not a key for ${expected}, and the SSH keys of an authority have the algorithm of its intermediate`,
            remedy: "Replace the SSH keys first, or remove ssh from a copy of ca.json and keep them outside the stack",
          },
        ];
  });
}

/** Whether a key is one for an algorithm. */
export function hasAlgorithm(key: KeyDescription, algorithm: Algorithm): boolean {
  return (key.algorithm ?? algorithm) === algorithm && fitsAlgorithm(key.publicKey, algorithm);
}
