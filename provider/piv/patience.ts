import { setTimeout as timer } from "node:timers/promises";

/** How long something is waited for. */
export interface Patience {
  /** Milliseconds in all. */
  readonly limit: number;
  /** Waits so many milliseconds. Default a timer; a test has its own. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 500;

/**
 * Tries until something is there, with pauses that grow to half a second.
 *
 * @param attempt answers undefined while it is not there
 * @returns undefined when the limit has passed
 * @throws what an attempt throws, at once
 */
export async function patiently<T>(
  attempt: () => Promise<T | undefined> | T | undefined,
  { limit, sleep = timer }: Patience,
): Promise<T | undefined> {
  let waited = 0;
  let pause = FIRST_PAUSE;
  for (;;) {
    const found = await attempt();
    if (found !== undefined || waited >= limit) {
      return found;
    }
    await sleep(Math.min(pause, limit - waited));
    waited += pause;
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}
