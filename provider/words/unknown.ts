/**
 * The value that the engine sends in a preview for anything that is known only after a deployment. It is never checked
 * or compared as text.
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
 * Whether a value is known to differ from the recorded one. A value that is unknown in a preview counts as unchanged,
 * and the run itself compares it. Otherwise the preview would plan replacements, and deletion protection would block
 * resources that stay as they are. A value that was never recorded does not count as a change either.
 */
export function isKnownChange(recorded: unknown, declared: unknown): boolean {
  return recorded !== undefined && !hasUnknown([recorded, declared]) && recorded !== declared;
}
