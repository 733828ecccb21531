import { invalid, type Problem, problemsOf } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";
import { checkNoPin } from "../../inputs/keyUri";
import { canonicalTokenKeyUri, shownTokenUri, tokenKeyUri } from "./pkcs11Uri";

/** The longest label that every module accepts, including the suffix of a replacement. */
const LONGEST_LABEL = 64;

const EXAMPLE = tokenKeyUri({ id: "0a1b", label: "root" });

/** Checks the label of a key. */
export function checkLabel(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || (typeof value === "string" && value.length <= LONGEST_LABEL && /^[\w.-]+$/.test(value))
    ? []
    : [
        invalid(
          property,
          `${JSON.stringify(value)} is not a label for a key`,
          `Use up to ${String(LONGEST_LABEL)} letters, digits, dots, dashes and underscores`,
        ),
      ];
}

/** Checks that a URI holds no PIN, which would be recorded. */
export function checkNoTokenPin(uri: unknown): Problem[] {
  const remedy = "Remove pin-value, and give the PIN with KMS_PKI_TOKEN_PIN_FILE or kms-pki:tokenPinFile";
  return checkNoPin(uri).map((problem) => ({ ...problem, remedy }));
}

/** Checks the URI of a key to adopt. It must contain both names of the key, as for step-ca. */
export function checkAdoptedUri(value: unknown, property: string): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  const pin = checkNoTokenPin(value);
  if (pin.length > 0) {
    return pin;
  }
  if (typeof value !== "string") {
    return [invalid(property, "it is not a string", `Give the key's URI, such as ${EXAMPLE}`)];
  }
  let canonical: string | undefined;
  const problems = problemsOf(() => {
    canonical = canonicalTokenKeyUri(value);
  }, property);
  return problems.length > 0 || canonical !== undefined
    ? problems
    : [
        invalid(
          property,
          `"${shownTokenUri(value)}" names a key by only one of its two names`,
          `Give both, as pkcs11-tool --list-objects prints them: ${EXAMPLE}`,
        ),
      ];
}
