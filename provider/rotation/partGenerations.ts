import type { AuthorityPart } from "./authorityPart";
import {
  activeGeneration,
  compromisedAt,
  type ExistingGeneration,
  type Generation,
  generation,
  generationsAt,
  generationsWithin,
} from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The generations of a part that are trusted at an instant, by number. Exactly one is active. */
export function generationsOf(
  { schedules, compromised }: Rotation,
  part: AuthorityPart,
  at: Instant,
): ExistingGeneration[] {
  return generationsAt(schedules[part], at, compromised[part]);
}

/** The compromised generations of a part that were published by an instant, by number. */
export function compromisedOf({ schedules, compromised }: Rotation, part: AuthorityPart, at: Instant): Generation[] {
  return compromisedAt(schedules[part], at, compromised[part]);
}

/** The generations of a part that are trusted at any instant of a period, including its ends, by number. */
export function generationsOfPeriod(
  { schedules, compromised }: Rotation,
  part: AuthorityPart,
  from: Instant,
  to: Instant,
): Generation[] {
  return generationsWithin(schedules[part], from, to, compromised[part]);
}

/** The generation of a part that is active at an instant. */
export function activeGenerationOf({ schedules, compromised }: Rotation, part: AuthorityPart, at: Instant): Generation {
  return activeGeneration(schedules[part], at, compromised[part]);
}

/** A generation of a part by its number. */
export function generationOf({ schedules, compromised }: Rotation, part: AuthorityPart, number: number): Generation {
  return generation(schedules[part], number, compromised[part]);
}
