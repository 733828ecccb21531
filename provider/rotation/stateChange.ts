import type { Problem } from "../inputs/problem";
import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import type { ExistingGeneration, GenerationState } from "./generation";
import type { Rotation } from "./rotation";
import { shortestStates } from "./rotationRules";

/** What each generation was or is, by label: `{ "root": "active", "root-g1": "published" }`. */
export type GenerationStates = Readonly<Record<string, GenerationState>>;

/** The generations of each part that exist. */
export type GenerationsByPart = Readonly<Partial<Record<AuthorityPart, readonly ExistingGeneration[]>>>;

/** The states of generations, by label. */
export function statesOf(generations: GenerationsByPart): GenerationStates {
  return Object.fromEntries(
    AUTHORITY_PARTS.flatMap((part) =>
      (generations[part] ?? []).map(({ number, state }) => [generationLabel(part, number), state]),
    ),
  );
}

/**
 * Refuses a change of the schedules themselves that jumps over a state which certificates in use need: one that uses a
 * generation which no client can know, or drops one that was in use until now. How long the states last is not looked at.
 *
 * @param property the rotation's path
 * @param before what the last run left; a part of which nothing is there was not made yet
 */
export function checkStateChange(
  rotation: Rotation,
  property: string,
  before: GenerationStates,
  now: GenerationsByPart,
): Problem[] {
  const states = statesOf(now);
  return AUTHORITY_PARTS.flatMap((part) => {
    const recorded = Object.entries(before).filter(([label]) => isOf(part, label));
    const active = now[part]?.find(({ state }) => state === "active");
    if (recorded.length === 0 || active === undefined) {
      return [];
    }
    const label = generationLabel(part, active.number);
    const needsPublication = part !== "intermediate"; // each leaf brings its intermediate along
    const isKnown = before[label] === "published" || before[label] === "active";
    const needsRetirement = shortestStates(rotation, part).retireAfter !== undefined;
    const dropped = recorded.filter(([old, state]) => state === "active" && states[old] === undefined);
    return [
      ...(needsPublication && !isKnown
        ? [{ label, what: "would be used, and was not published before: no client trusts it yet" }]
        : []),
      ...(needsRetirement
        ? dropped.map(([old]) => ({ label: old, what: "is in use, and would be gone: what it issued is not trusted" }))
        : []),
    ];
  })
    .filter(({ label }) => !rotation.allowGaps.includes(label))
    .map(({ label, what }) => ({
      code: "ROTATION_LATE",
      property,
      reason: `with these schedules ${label} ${what}`,
      remedy: `Choose start and every so that the generations go on from those that exist, or accept that by ${property}.allowGaps = ${JSON.stringify([label])} in this run`,
    }));
}

function isOf(part: AuthorityPart, label: string): boolean {
  return label === part || label.startsWith(`${part}-g`);
}
