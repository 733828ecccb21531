import { type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import type { SlotContent, YubiKeyTurn } from "../kms/yubikey";
import { deviceName } from "../kms/yubiKeyUri";
import type { Slot } from "../piv/slots";
import { readSlotMark, type SlotMark } from "../x509/slotMark";

/** How a resource may use a slot: only when it is free, whatever it holds, or with the key that it holds. */
export type SlotUse = "new" | "overwrite" | "adopt";

/** A slot, and the resource that wants its key. */
export interface ClaimedSlot {
  readonly slot: Slot;
  /** The URN of the resource. */
  readonly owner: string;
  readonly use: SlotUse;
}

/** What a slot is to the resource that wants its key there. */
export type SlotClaim =
  | { readonly state: "free" }
  /** An earlier run of the same resource did not end. Its key is there when it is known. */
  | { readonly state: "interrupted"; readonly publicKey: KeyObject | undefined }
  | { readonly state: "occupied"; readonly by: string };

/** Reads from a slot's content whose it is. */
export function claimOf(content: SlotContent, owner: string): SlotClaim {
  const { certificate, hasKey } = content;
  const mark = certificate === undefined ? undefined : readSlotMark(certificate);
  if (mark?.stage === "released") {
    return { state: "free" };
  }
  if (mark !== undefined) {
    return mark.owner === owner
      ? { state: "interrupted", publicKey: interruptedKey(content, mark) }
      : { state: "occupied", by: `a key that is made for ${mark.owner}` };
  }
  if (certificate !== undefined) {
    return { state: "occupied", by: `the certificate of ${subjectOf(certificate)}` };
  }
  return hasKey === true ? { state: "occupied", by: "a key" } : { state: "free" };
}

/** The device's own word on a key counts before that of the mark. */
function interruptedKey({ hasKey, publicKey }: SlotContent, mark: SlotMark): KeyObject | undefined {
  if (hasKey !== undefined) {
    return hasKey ? publicKey : undefined;
  }
  return mark.stage === "made" ? mark.publicKey : undefined;
}

function subjectOf(der: Buffer): string {
  try {
    return `"${new X509Certificate(der).subject.split("\n").join(", ")}"`;
  } catch {
    return "nobody knows whom (it cannot be read)";
  }
}

/**
 * Looks at all slots that keys shall be made in, before one is made.
 *
 * @throws PkiError `KEY_EXISTS`, `KEY_NOT_FOUND` for one to adopt; all slots in one error
 */
export async function requireUsableSlots(turn: YubiKeyTurn, slots: readonly ClaimedSlot[]): Promise<void> {
  const occupied: string[] = [];
  const empty: Slot[] = [];
  const untold: Slot[] = [];
  for (const { slot, owner, use } of slots) {
    const content = await turn.readSlot(slot);
    const claim = claimOf(content, owner);
    if (use === "new" && claim.state === "occupied") {
      occupied.push(`slot ${slot} holds ${claim.by}`);
    }
    if (use === "adopt" && content.publicKey === undefined) {
      empty.push(slot);
    }
    if (use === "new" && claim.state === "free" && content.certificate === undefined && content.hasKey === undefined) {
      untold.push(slot);
    }
  }
  if (occupied.length > 0) {
    throw slotsOccupied(turn, occupied);
  }
  if (empty.length > 0) {
    throw new PkiError(
      "KEY_NOT_FOUND",
      `there is no key to adopt in slot ${empty.join(" and ")} of ${deviceName(turn.serial)}`,
      "Take it out of adopt",
    );
  }
  for (const slot of untold) {
    if (await turn.holdsKey(slot)) {
      throw slotsOccupied(turn, [`slot ${slot} holds a key without a certificate`]);
    }
  }
}

function slotsOccupied({ serial }: YubiKeyTurn, found: readonly string[]): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `on ${deviceName(serial)}, ${found.join(" and ")}, and nothing was changed`,
    "Choose other slots. Or, to use the key that is there, name its slot in adopt; or, to lose what is there for good, name " +
      "it in overwrite",
  );
}
