import { PkiError } from "../errors";
import { UNKNOWN } from "../words/unknown";

/**
 * Requires strings that every version of this package recorded.
 *
 * @throws PkiError `STATE_INVALID` if the stack's state lacks one
 */
export function requireRecorded<State extends object>(
  state: State,
  properties: readonly (keyof State & string)[],
): void {
  const missing = properties.filter((property) => typeof state[property] !== "string" || state[property] === UNKNOWN);
  if (missing.length > 0) {
    throw stateInvalid(`lacks ${missing.join(" and ")}`);
  }
}

/** The error for a state that no version of this package wrote. */
export function stateInvalid(problem: string, cause?: unknown): PkiError {
  return new PkiError(
    "STATE_INVALID",
    `the state of this resource ${problem}, so it cannot be used`,
    "Restore a state that you exported earlier (pulumi stack import), and run again",
    { cause },
  );
}
