import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import type { KeyState } from "./generation";

/** The state of each generation, by label: `{ "root": "active", "root-g1": "published" }`. */
export type GenerationStates = Readonly<Record<string, KeyState>>;

/** The states of generations, by label. */
export function generationStates(
  generations: Readonly<
    Partial<Record<AuthorityPart, readonly { readonly number: number; readonly state: KeyState }[]>>
  >,
): GenerationStates {
  return Object.fromEntries(
    AUTHORITY_PARTS.flatMap((part) =>
      (generations[part] ?? []).map(({ number, state }) => [generationLabel(part, number), state]),
    ),
  );
}
