/**
 * What the engine sends, in a preview, for a value that is known only after a deployment. It is never checked or
 * compared as text.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).some(hasUnknown);
  }
  return value === UNKNOWN;
}

/**
 * Whether something is known to be another than was recorded. What a preview does not know, the run itself will compare: a
 * preview that took it for another would ask for replacements, and deletion protection would block what stays as it is. What
 * was not recorded is no change either.
 */
export function isKnownChange(recorded: unknown, declared: unknown): boolean {
  return recorded !== undefined && !hasUnknown([recorded, declared]) && recorded !== declared;
}
