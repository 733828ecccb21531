import type { Properties } from "./properties";
import type { Input } from "./resourceKind";

/** `deletionPolicy`: what becomes of the service's own when a program gives a resource up. */
export const DELETION_POLICY: Input = { default: "DELETE" };

/**
 * Whether the service hears of a deletion.
 *
 * @throws when the policy is PREVENT
 */
export function reachesService(id: string, { deletionPolicy }: Properties): boolean {
  if (deletionPolicy === "PREVENT") {
    throw new Error(`cannot destroy ${id} without setting deletion_policy to "DELETE" or "ABANDON"`);
  }
  return deletionPolicy !== "ABANDON";
}
