import type { Resource } from "../../../pulumi";
import { yubiKeySlot } from "../yubiKeyUri";
import type { SlotUse } from "../slotClaim";
import type { Slot } from "../../../piv/slots";
import { resourceType } from "../../resourceType";
import { keyResource, partOf } from "../../../authority/keyNames";
import type { KeyRole } from "../../../authority/keyNames";
import { findRecorded, recordedResources, type RecordedResources } from "../../../keySources/recordedResources";
import { childUrns, type KnownResource, knownResource, nameIn } from "../../../keySources/resourceUrns";

/** The slot of a rotated key, and how it may be used. */
export interface ChosenSlot {
  readonly slot: Slot;
  /** `overwrite` if the state holds a key that this same run deletes, because the new key is made first. */
  readonly use: Extract<SlotUse, "new" | "overwrite">;
}

/** The slots in the state. */
export interface RecordedSlots {
  /** The slots of the generations that exist, by number. */
  readonly own: ReadonlyMap<number, Slot>;
  /** The slots whose keys this run deletes. */
  readonly freed: readonly Slot[];
  /** The slots whose keys left the program and were not deleted. */
  readonly released: readonly Slot[];
}

/**
 * Chooses the slot of each generation: its current one, or else the next listed slot that no other generation holds. So
 * slots are reused in turn, and a longer list changes no key.
 *
 * @param list at least as many slots as generations
 */
export function chooseSlots(
  list: readonly Slot[],
  generations: readonly number[],
  { own, freed, released }: RecordedSlots,
): Map<number, ChosenSlot> {
  const chosen = new Map<number, ChosenSlot>();
  for (const generation of generations) {
    const slot = own.get(generation);
    if (slot !== undefined) {
      chosen.set(generation, { slot, use: "new" });
    }
  }
  for (const generation of generations.filter((number) => !chosen.has(number))) {
    const taken = [...chosen.values()].map(({ slot }) => slot);
    const turn = generation % list.length;
    const inTurn = [...list.slice(turn), ...list.slice(0, turn)];
    const untaken = inTurn.filter((slot) => !taken.includes(slot));
    const slot = untaken.find((candidate) => !released.includes(candidate)) ?? untaken[0];
    if (slot !== undefined) {
      chosen.set(generation, { slot, use: freed.includes(slot) ? "overwrite" : "new" });
    }
  }
  return chosen;
}

/** Reads the slots of a role's keys from the last run's state. */
export async function recordedSlots(
  parent: Resource,
  role: KeyRole,
  generations: readonly number[],
): Promise<RecordedSlots> {
  return slotsIn(await recordedResources(), await knownResource(parent), role, generations);
}

/** The same, from an authority's record. */
export function slotsIn(
  recorded: RecordedResources,
  authority: KnownResource,
  role: KeyRole,
  generations: readonly number[],
): RecordedSlots {
  const part = partOf(role);
  const urnsOf = (generation: number): string[] =>
    childUrns(authority, resourceType("PivKey"), keyResource(authority.name, part, generation));
  const own = new Map<number, Slot>();
  for (const generation of generations) {
    const slot = findRecorded(recorded, urnsOf(generation))?.["slot"];
    if (slot !== undefined) {
      own.set(generation, slot as Slot);
    }
  }
  const existing = generations.flatMap(urnsOf);
  const isOfRole = urnsOf(0).map(isGenerationOf);
  const leaving = [...recorded].flatMap(([urn, record]) =>
    record["deleteKey"] === true && isOfRole.some((matches) => matches(urn)) && !existing.includes(urn)
      ? [{ slot: record["slot"] as Slot, isKept: isKept(record) }]
      : [],
  );
  const slots = (kept: boolean): Slot[] => leaving.filter(({ isKept }) => isKept === kept).map(({ slot }) => slot);
  return { own, freed: slots(false), released: [...releasedSlots(recorded), ...slots(true)] };
}

/** Whether a key existed before it was adopted; then it is never deleted. */
function isKept({ use, isForeign }: Readonly<Record<string, unknown>>): boolean {
  return use === "adopt" && isForeign !== false;
}

/** Makes a test for the URNs of a key's first and later generations. */
function isGenerationOf(first: string): (urn: string) => boolean {
  const [types, name] = [first.slice(0, -nameIn(first).length), nameIn(first).replace(/-key$/, "")];
  const pattern = new RegExp(`^${escaped(types + name)}(?:-g[0-9]+)?-key$`);
  return (urn) => pattern.test(urn);
}

function releasedSlots(recorded: RecordedResources): Slot[] {
  return [...recorded.values()]
    .flatMap(({ releasedKeys }) => (typeof releasedKeys === "string" ? (JSON.parse(releasedKeys) as string[]) : []))
    .filter((uri) => uri.startsWith("yubikey:"))
    .map(yubiKeySlot);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
