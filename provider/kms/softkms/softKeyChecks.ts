import { invalid, type Problem, problemsOf } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";
import { namedSoftKeyUri } from "./softKeyUri";

/** Checks the name of a key file: a plain file name. */
export function checkSoftKeyName(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value))
    ? []
    : [
        {
          code: "INPUT_INVALID",
          property,
          reason: `${JSON.stringify(value)} is not a valid name for a key file`,
          remedy: "Use letters, digits, dots, dashes and underscores",
        },
      ];
}

/** Checks the name of a key file to adopt: a path, or a key URI. */
export function checkAdoptedFile(value: unknown, property: string): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  return typeof value === "string" && value !== ""
    ? problemsOf(() => namedSoftKeyUri(value), property)
    : [invalid(property, "it is not the path of a file", "Give the path of the key file, relative to Pulumi.yaml")];
}

/** Checks how a key file is encrypted. */
export function checkEncryption(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || value === "passphrase" || value === "none"
    ? []
    : [
        {
          code: "INPUT_INVALID",
          property,
          reason: `${JSON.stringify(value)} is not a way to encrypt a key file`,
          remedy: 'Choose "passphrase", or "none" for a key that anyone who can read the file may use',
        },
      ];
}
