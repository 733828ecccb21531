import type { Instant, Schedule } from "./schedule";

/**
 * The states of a generation, in order: `published` is trusted and not yet used, `active` is used, `retiring` is
 * trusted and no longer used.
 */
export const GENERATION_STATES = ["published", "active", "retiring"] as const satisfies readonly GenerationState[];

/** The state of a generation: `published`, `active` or `retiring`. */
export type GenerationState = "published" | "active" | "retiring";

/** The state of a key or certificate in the program: that of its generation, or `compromised`, which is out of service. */
export type KeyState = GenerationState | "compromised";

/** One generation of a key, and when it changes. Each state lasts from its instant until just before the next. */
export interface Generation {
  /** From 0. */
  readonly number: number;
  /**
   * `-Infinity` for generation 0, like {@link Generation.activeFrom}. Earlier than scheduled for a generation that takes
   * the turn of a compromised one.
   */
  readonly publishedFrom: Instant;
  readonly activeFrom: Instant;
  /** `Infinity` without a schedule, like {@link Generation.goneFrom}. */
  readonly retiringFrom: Instant;
  readonly goneFrom: Instant;
  /** The same as the schedule has it, whatever is compromised. */
  readonly scheduled: { readonly publishedFrom: Instant; readonly activeFrom: Instant };
}

/** A generation that exists at an instant, with its state then. */
export interface ExistingGeneration extends Generation {
  readonly state: GenerationState;
}

/**
 * A generation of a schedule. It also takes the turns of the compromised generations just before it, so it is active and
 * published that much earlier. Its end stays.
 *
 * @param schedule undefined: a generation never ends by itself
 * @param compromised the numbers of the compromised generations
 */
export function generation(
  schedule: Schedule | undefined,
  number: number,
  compromised: readonly number[] = [],
): Generation {
  if (schedule === undefined) {
    const always = { publishedFrom: -Infinity, activeFrom: -Infinity, retiringFrom: Infinity, goneFrom: Infinity };
    return { number, ...always, scheduled: always };
  }
  const { start, every, publishBefore, retireAfter } = schedule;
  const activeFromTurn = (turn: number): Instant => (turn === 0 ? -Infinity : start + turn * every);
  const activeFrom = activeFromTurn(firstTurn(number, compromised));
  const retiringFrom = start + (number + 1) * every;
  return {
    number,
    publishedFrom: activeFrom - publishBefore,
    activeFrom,
    retiringFrom,
    goneFrom: retiringFrom + retireAfter,
    scheduled: { publishedFrom: activeFromTurn(number) - publishBefore, activeFrom: activeFromTurn(number) },
  };
}

/** The first of the turns that a generation takes. */
function firstTurn(number: number, compromised: readonly number[]): number {
  return compromised.includes(number - 1) ? firstTurn(number - 1, compromised) : number;
}

/** Whether a generation takes the turn of a compromised one. */
export function takesAnotherTurn({ number, publishedFrom, scheduled }: Generation): boolean {
  return publishedFrom < scheduled.publishedFrom || (number > 0 && publishedFrom === -Infinity);
}

/** The first generation from a number on that is not compromised. It takes that number's turn. */
function successor(number: number, compromised: readonly number[]): number {
  return compromised.includes(number) ? successor(number + 1, compromised) : number;
}

/** The state of a generation at an instant; undefined if it does not exist. */
export function stateAt(
  { publishedFrom, activeFrom, retiringFrom, goneFrom }: Generation,
  at: Instant,
): GenerationState | undefined {
  if (at < publishedFrom || at >= goneFrom) {
    return undefined;
  }
  return at < activeFrom ? "published" : at < retiringFrom ? "active" : "retiring";
}

/**
 * The generations that are trusted at an instant, by number. Exactly one is active.
 *
 * @param schedule undefined: the first generation that is not compromised is active forever
 */
export function generationsAt(
  schedule: Schedule | undefined,
  at: Instant,
  compromised: readonly number[] = [],
): ExistingGeneration[] {
  return generationsWithin(schedule, at, at, compromised).flatMap((existing) => {
    const state = stateAt(existing, at);
    return state === undefined ? [] : [{ ...existing, state }];
  });
}

/**
 * The compromised generations that were published by an instant, by number. They are in the program as long as they are
 * named.
 */
export function compromisedAt(
  schedule: Schedule | undefined,
  at: Instant,
  compromised: readonly number[],
): Generation[] {
  const newest = successor(0, compromised);
  return compromised
    .filter((number) => schedule !== undefined || number < newest)
    .map((number) => generation(schedule, number, compromised))
    .filter(({ publishedFrom }) => publishedFrom <= at)
    .sort((a, b) => a.number - b.number);
}

/** The items of generations that exist at one time, the active one first. */
export function activeFirst<Item extends { readonly state: KeyState }>(items: readonly Item[]): [Item, ...Item[]] {
  const active = items.find(({ state }) => state === "active");
  if (active === undefined) {
    throw new Error("no generation is active"); // impossible: each generation becomes active when another stops
  }
  return [active, ...items.filter((item) => item !== active)];
}

/** The generation that is active at an instant. */
export function activeGeneration(
  schedule: Schedule | undefined,
  at: Instant,
  compromised: readonly number[] = [],
): Generation {
  const turn = schedule === undefined ? 0 : countFrom0(at - schedule.start, schedule.every);
  return generation(schedule, successor(turn, compromised), compromised);
}

/** The generations that are trusted at any instant of a period, including its ends, by number. */
export function generationsWithin(
  schedule: Schedule | undefined,
  from: Instant,
  to: Instant,
  compromised: readonly number[] = [],
): Generation[] {
  if (schedule === undefined) {
    return [generation(undefined, successor(0, compromised), compromised)];
  }
  const { start, every, publishBefore, retireAfter } = schedule;
  const first = countFrom0(from - retireAfter - start, every);
  const last = successor(countFrom0(to + publishBefore - start, every), compromised);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .filter((number) => !compromised.includes(number))
    .map((number) => generation(schedule, number, compromised))
    .filter(({ publishedFrom, goneFrom }) => publishedFrom <= to && from < goneFrom);
}

function countFrom0(passed: number, every: number): number {
  return Math.max(0, Math.floor(passed / every));
}
