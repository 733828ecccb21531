import type { Instant, Schedule } from "./schedule";

/**
 * The states of a generation, in order: `published` is trusted and not yet used, `active` is used, `retiring` is
 * trusted and no longer used.
 */
export const GENERATION_STATES = ["published", "active", "retiring"] as const;

/** One of {@link GENERATION_STATES}. */
export type GenerationState = (typeof GENERATION_STATES)[number];

/** One generation of a key, and when it changes. Each state lasts from its instant until just before the next. */
export interface Generation {
  /** From 0. */
  readonly number: number;
  /** `-Infinity` for generation 0, like {@link Generation.activeFrom}. */
  readonly publishedFrom: Instant;
  readonly activeFrom: Instant;
  /** `Infinity` without a schedule, like {@link Generation.goneFrom}. */
  readonly retiringFrom: Instant;
  readonly goneFrom: Instant;
}

/** A generation that exists at an instant, with its state then. */
export interface ExistingGeneration extends Generation {
  readonly state: GenerationState;
}

/**
 * A generation of a schedule.
 *
 * @param schedule undefined: there is only generation 0, forever
 */
export function generation(schedule: Schedule | undefined, number: number): Generation {
  if (schedule === undefined) {
    return { number: 0, publishedFrom: -Infinity, activeFrom: -Infinity, retiringFrom: Infinity, goneFrom: Infinity };
  }
  const { start, every, publishBefore, retireAfter } = schedule;
  const activeFrom = start + number * every;
  const retiringFrom = activeFrom + every;
  return {
    number,
    publishedFrom: number === 0 ? -Infinity : activeFrom - publishBefore,
    activeFrom: number === 0 ? -Infinity : activeFrom,
    retiringFrom,
    goneFrom: retiringFrom + retireAfter,
  };
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
 * The generations that exist at an instant, by number. Exactly one is active.
 *
 * @param schedule undefined: generation 0 is active forever
 */
export function generationsAt(schedule: Schedule | undefined, at: Instant): ExistingGeneration[] {
  return generationsWithin(schedule, at, at).flatMap((existing) => {
    const state = stateAt(existing, at);
    return state === undefined ? [] : [{ ...existing, state }];
  });
}

/** The items of generations that exist at one time, the active one first. */
export function activeFirst<Item extends { readonly state: GenerationState }>(
  items: readonly Item[],
): [Item, ...Item[]] {
  const active = items.find(({ state }) => state === "active");
  if (active === undefined) {
    throw new Error("no generation is active"); // impossible: each generation becomes active when another stops
  }
  return [active, ...items.filter((item) => item !== active)];
}

/** The generation that is active at an instant. */
export function activeGeneration(schedule: Schedule | undefined, at: Instant): Generation {
  return generation(schedule, schedule === undefined ? 0 : countFrom0(at - schedule.start, schedule.every));
}

/** The generations that exist at any instant of a period, including its ends, by number. */
export function generationsWithin(schedule: Schedule | undefined, from: Instant, to: Instant): Generation[] {
  if (schedule === undefined) {
    return [generation(undefined, 0)];
  }
  const { start, every, publishBefore, retireAfter } = schedule;
  const first = countFrom0(from - retireAfter - start, every);
  const last = countFrom0(to + publishBefore - start, every);
  return Array.from({ length: last - first + 1 }, (_, index) => generation(schedule, first + index)).filter(
    ({ publishedFrom, goneFrom }) => publishedFrom <= to && from < goneFrom,
  );
}

function countFrom0(passed: number, every: number): number {
  return Math.max(0, Math.floor(passed / every));
}
