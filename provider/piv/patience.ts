import { setTimeout as timer } from "node:timers/promises";

/** How long to wait. */
export interface Patience {
  /** The total, in milliseconds. */
  readonly limit: number;
  /** Waits the given number of milliseconds, or until the signal. Default a timer; tests inject their own. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

const timed = (milliseconds: number, signal?: AbortSignal): Promise<unknown> =>
  timer(milliseconds, undefined, signal === undefined ? {} : { signal });

const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 500;

/**
 * Tries until an attempt succeeds, with pauses that grow to half a second.
 *
 * @param attempt returns undefined until it succeeds
 * @returns undefined when the limit has passed
 * @throws whatever an attempt throws, at once
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

/** How long a single attempt may take, beyond the limit. */
const GRACE = 1_000;

/**
 * Waits for a promise that may never settle and cannot be aborted.
 *
 * @returns undefined one second after the limit has passed
 */
export async function untilLimit<T>(attempt: Promise<T>, { limit, sleep = timed }: Patience): Promise<T | undefined> {
  const ended = new AbortController();
  try {
    return await Promise.race([attempt, sleep(limit + GRACE, ended.signal).then(() => undefined)]);
  } finally {
    ended.abort();
  }
}
