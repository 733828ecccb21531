import type { Schedule } from "./schedule";

/** The most generations of a schedule that exist at one time. */
export function generationsAtOnce({ every, publishBefore, retireAfter }: Schedule): number {
  return Math.ceil((publishBefore + every + retireAfter) / every);
}
