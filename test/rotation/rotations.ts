import type { RotationArgs } from "../../provider/rotation/rotation";
import { readRotation, type Rotation } from "../../provider/rotation/rotation";

/** Round figures that pass every rule: L = 1 d, C = 1 d, J = 1 d, S = 1 h. */
export const ARGS: RotationArgs = {
  root: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" },
  intermediate: { start: "2026-01-01T00:00:00Z", every: "40d", publishBefore: "5d", retireAfter: "7d" },
  ssh: { start: "2026-01-01T00:00:00Z", every: "60d", publishBefore: "10d", retireAfter: "32d" },
  clockSkew: "1h",
};

/** {@link ARGS} with other fields, read. */
export function rotation(over: RotationArgs = {}): Rotation {
  return readRotation({ ...ARGS, ...over });
}

/** An instant a number of days after the start of {@link ARGS}. */
export function day(days: number): number {
  return Date.UTC(2026, 0, 1) + days * 86_400_000;
}
