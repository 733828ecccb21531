import { type Algorithm, ALGORITHM_NAMES, isAlgorithm } from "../kms/algorithms";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Checks the name of an algorithm against those that a KMS supports. */
export function checkAlgorithm(
  value: unknown,
  property: string,
  supported: readonly Algorithm[] = ALGORITHM_NAMES,
): Problem[] {
  if (value === undefined || value === UNKNOWN || (isAlgorithm(value) && supported.includes(value))) {
    return [];
  }
  return [
    {
      code: "ALGORITHM_UNSUPPORTED",
      property,
      reason: isAlgorithm(value)
        ? `this key management service does not support ${value}`
        : `${JSON.stringify(value)} is not an algorithm`,
      remedy: `Choose one of ${supported.join(", ")}`,
    },
  ];
}
