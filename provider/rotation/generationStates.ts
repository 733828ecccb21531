import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import type { ExistingGeneration, GenerationState } from "./generation";

/** The state of each generation, by label: `{ "root": "active", "root-g1": "published" }`. */
export type GenerationStates = Readonly<Record<string, GenerationState>>;

/** The states of generations, by label. */
export function generationStates(
  generations: Readonly<Partial<Record<AuthorityPart, readonly ExistingGeneration[]>>>,
): GenerationStates {
  return Object.fromEntries(
    AUTHORITY_PARTS.flatMap((part) =>
      (generations[part] ?? []).map(({ number, state }) => [generationLabel(part, number), state]),
    ),
  );
}
