/** A slot of the PIV application that can hold a key of ours and its certificate. */
export interface SlotRow {
  /** The key reference of SP 800-73-4 part 1, 5.1, in lowercase hex, as step-ca spells it. */
  readonly slot: string;
  /** The same key reference as an octet. */
  readonly keyReference: number;
  /** The tag of the slot's certificate object (SP 800-73-4 part 1, 4.3). */
  readonly certificateTag: number;
  /** The name of the slot in SP 800-73-4. */
  readonly name: string;
}

const row = <Name extends string>(slot: Name, certificateTag: number, name: string) =>
  ({ slot, keyReference: Number.parseInt(slot, 16), certificateTag, name }) satisfies SlotRow;

/** Retired key 1 is `82`, with its certificate in 5FC10D; 20 is `95`, with 5FC120. */
const retired = <Name extends string>(slot: Name) => {
  const number = Number.parseInt(slot, 16) - 0x82;
  return row(slot, 0x5fc10d + number, `Retired Key Management ${String(number + 1)}`);
};

const ROWS = [
  row("9a", 0x5fc105, "PIV Authentication"),
  row("9c", 0x5fc10a, "Digital Signature"),
  row("9d", 0x5fc10b, "Key Management"),
  row("9e", 0x5fc101, "Card Authentication"),
  retired("82"),
  retired("83"),
  retired("84"),
  retired("85"),
  retired("86"),
  retired("87"),
  retired("88"),
  retired("89"),
  retired("8a"),
  retired("8b"),
  retired("8c"),
  retired("8d"),
  retired("8e"),
  retired("8f"),
  retired("90"),
  retired("91"),
  retired("92"),
  retired("93"),
  retired("94"),
  retired("95"),
] as const;

/** The name of a slot: `9a`, `9c`, `9d`, `9e`, `82` to `95`. */
export type Slot = (typeof ROWS)[number]["slot"];

/** Every slot, the four of the cardholder first. */
export const SLOTS: readonly Slot[] = ROWS.map(({ slot }) => slot);

const BY_NAME = Object.fromEntries(ROWS.map((entry) => [entry.slot, entry])) as Readonly<Record<Slot, SlotRow>>;

/** Whether a value is the name of a slot, in lowercase. */
export function isSlot(value: unknown): value is Slot {
  return typeof value === "string" && Object.hasOwn(BY_NAME, value);
}

/** The row of a slot. */
export function slotRow(slot: Slot): SlotRow {
  return BY_NAME[slot];
}
