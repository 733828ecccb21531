import { type AuthorityPart, AUTHORITY_PARTS, generationLabel } from "./authorityPart";
import { authorityState, type AuthorityState } from "./authorityState";
import { stateWithAnswers } from "./awaitedAnswers";
import { changesWithin } from "./changes";
import { type Generation, type GenerationState, stateAt } from "./generation";
import { generationsOfPeriod } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The timeline of a rotation in a period. */
export interface Timeline {
  readonly from: Instant;
  readonly to: Instant;
  /** The generations that exist at any time of the period, for the parts with a schedule, by part and number. */
  readonly generations: readonly { readonly part: AuthorityPart; readonly generation: Generation }[];
  /** The first is the state at the beginning, and changes nothing. */
  readonly steps: readonly Step[];
}

/** One instant at which a run has something to do. */
interface Step {
  readonly at: Instant;
  readonly changes: readonly GenerationChange[];
  /** The state from here on. */
  readonly state: AuthorityState;
}

/** A generation in a new state; `gone` when it no longer exists. */
interface GenerationChange {
  readonly part: AuthorityPart;
  readonly generation: number;
  readonly state: GenerationState | "gone";
}

/**
 * The timeline of a rotation. Its length is that of the period: see {@link timelineLength}.
 *
 * @param unanswered the intermediates, by label, whose requests an issuer elsewhere has not answered at the beginning. The later steps
 * count on every answer.
 */
export function timeline(rotation: Rotation, from: Instant, to: Instant, unanswered: readonly string[] = []): Timeline {
  const scheduled = AUTHORITY_PARTS.filter((part) => rotation.schedules[part] !== undefined);
  const generations = scheduled.flatMap((part) =>
    generationsOfPeriod(rotation, part, from, to).map((generation) => ({ part, generation })),
  );
  const changesAt = (at: Instant): GenerationChange[] =>
    generations
      .filter(({ generation: g }) => [g.publishedFrom, g.activeFrom, g.retiringFrom, g.goneFrom].includes(at))
      .map(({ part, generation }) => ({
        part,
        generation: generation.number,
        state: stateAt(generation, at) ?? "gone",
      }));
  return {
    from,
    to,
    generations,
    steps: [
      { at: from, changes: [], state: stateWithout(rotation, authorityState(rotation, from), unanswered) },
      ...changesWithin(rotation, from, to).map((at) => ({
        at,
        changes: changesAt(at),
        state: authorityState(rotation, at),
      })),
    ],
  };
}

function stateWithout(rotation: Rotation, state: AuthorityState, unanswered: readonly string[]): AuthorityState {
  if (unanswered.length === 0) {
    return state;
  }
  const newest = Math.max(...state.generations.intermediate.map(({ number }) => number));
  const labels = Array.from({ length: newest + 1 }, (_, number) => generationLabel("intermediate", number));
  return stateWithAnswers(
    rotation,
    state,
    labels.filter((label) => !unanswered.includes(label)),
  );
}

/** The most steps that a timeline can have, to refuse one that is too long before it is made. */
export function timelineLength({ schedules }: Rotation, from: Instant, to: Instant): number {
  return Object.values(schedules).reduce((steps, { every }) => steps + 3 * Math.ceil((to - from) / every), 1);
}
