import { setTimeout as timer } from "node:timers/promises";

/** How long something is waited for. */
export interface Patience {
  /** Milliseconds in all. */
  readonly limit: number;
  /** Waits so many milliseconds, or until the signal. Default a timer; a test has its own. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

const timed = (milliseconds: number, signal?: AbortSignal): Promise<unknown> =>
  timer(milliseconds, undefined, signal === undefined ? {} : { signal });

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
  { limit, sleep = timed }: Patience,
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

/** What a single attempt may take beside the waiting. */
const GRACE = 1_000;

/**
 * Waits for what may never come, and cannot be broken off.
 *
 * @returns undefined when the limit has passed, and a second more
 */
export async function untilLimit<T>(attempt: Promise<T>, { limit, sleep = timed }: Patience): Promise<T | undefined> {
  const ended = new AbortController();
  try {
    return await Promise.race([attempt, sleep(limit + GRACE, ended.signal).then(() => undefined)]);
  } finally {
    ended.abort();
  }
}
