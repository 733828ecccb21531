import { changesWithin } from "../../provider/rotation/changes";
import { readRotation, type RotationArgs } from "../../provider/rotation/rotation";

export const DAY = 86_400_000;
/** The start of the schedules of {@link TEN_YEARS}. */
export const BEGINNING = Date.parse("2026-01-01T00:00:00Z");

/**
 * Ten years in which intermediates change while a root is published and while another retires, with leaves that live through
 * several changes.
 */
export const TEN_YEARS: RotationArgs = {
  root: { start: "2026-01-01T00:00:00Z", every: "1280d", publishBefore: "150d", retireAfter: "180d" },
  intermediate: { start: "2026-03-02T00:00:00Z", every: "620d", publishBefore: "20d", retireAfter: "40d" },
  ssh: {
    user: { start: "2026-01-01T00:00:00Z", every: "900d", publishBefore: "30d", retireAfter: "70d" },
    host: { start: "2026-08-01T00:00:00Z", every: "1200d", publishBefore: "20d", retireAfter: "100d" },
  },
  longestLeaf: { tls: "110d", sshUser: "60d", sshHost: "90d" },
  clientRefresh: "7d",
  lateness: "3d",
};

/** A year and a half in which one intermediate, the root, and a second intermediate rotate. */
export const ONE_OF_EACH: RotationArgs = {
  root: { start: "2026-01-01T00:00:00Z", every: "400d", publishBefore: "100d", retireAfter: "100d" },
  intermediate: { start: "2026-01-01T00:00:00Z", every: "200d", publishBefore: "10d", retireAfter: "30d" },
};

/** The beginning, and all instants in the ten years at which something changes. */
export function changesOfTenYears(): number[] {
  return [BEGINNING, ...changesWithin(readRotation(TEN_YEARS), BEGINNING, BEGINNING + 3653 * DAY)];
}
