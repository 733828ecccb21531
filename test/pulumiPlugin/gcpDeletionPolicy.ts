import type { Properties } from "./properties";
import type { Input } from "./resourceKind";

/** `deletionPolicy`: what happens in the service when a program removes a resource. */
export const DELETION_POLICY: Input = { default: "DELETE" };

/**
 * Whether the service gets a deletion.
 *
 * @throws if the policy is PREVENT
 */
export function reachesService(id: string, { deletionPolicy }: Properties): boolean {
  if (deletionPolicy === "PREVENT") {
    throw new Error(`cannot destroy ${id} without setting deletion_policy to "DELETE" or "ABANDON"`);
  }
  return deletionPolicy !== "ABANDON";
}
