import { type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../../errors";
import { isOthersMark, isOwnMark, type OwnerMarks, resourceIn } from "../ownerMark";
import { withPresentTypes } from "../resourceType";
import type { SlotContent, YubiKeyTurn } from "./yubikey";
import { deviceName } from "./yubiKeyUri";
import type { Slot } from "../../piv/slots";
import { readSlotMark, type SlotMark } from "../../x509/slotMark";

/** How a resource may use a slot: only when it is free, whatever it holds, or with the key that it holds. */
export type SlotUse = "new" | "overwrite" | "adopt";

/** A slot, and the resource that wants its key. */
export interface ClaimedSlot extends OwnerMarks {
  readonly slot: Slot;
  readonly use: SlotUse;
}

/** What a slot is to the resource that wants its key there. */
export type SlotClaim =
  | { readonly state: "free" }
  /** An earlier run of the same resource did not end. Its key is there when it is known. */
  | { readonly state: "interrupted"; readonly publicKey: KeyObject | undefined }
  /** It may be in use elsewhere when it was made for another authority. */
  | { readonly state: "occupied"; readonly by: string; readonly isOfAnother?: true };

/**
 * Reads from a slot's content whose it is. A mark is believed only as far as it fits to what the device itself says: anybody
 * who has the management key can write one.
 */
export function claimOf(content: SlotContent, claimant: OwnerMarks): SlotClaim {
  const wanted = withPresentOwners(claimant);
  const { certificate, hasKey } = content;
  const mark = markIn(content);
  if (mark?.stage === "released") {
    return hasKey === true && !isKeyOf(mark, content) ? { state: "occupied", by: "a key" } : { state: "free" };
  }
  if (mark !== undefined) {
    return isOwnMark(mark.owner, wanted) ? ownClaim(content, mark) : othersClaim(mark.owner, wanted);
  }
  if (certificate !== undefined) {
    return { state: "occupied", by: nameOf(certificate) };
  }
  return hasKey === true ? { state: "occupied", by: "a key" } : { state: "free" };
}

/** The key in a slot, by the device's word or else by the certificate. Only the mark of a key that is made bears one. */
export function publicKeyIn(content: SlotContent): KeyObject | undefined {
  const mark = content.hasKey === undefined ? markIn(content) : undefined;
  return mark === undefined || mark.stage === "made" ? content.publicKey : undefined;
}

function othersClaim(mark: string, wanted: OwnerMarks): SlotClaim {
  const by = `a key that is made for ${resourceIn(mark)}`;
  return isOthersMark(mark, wanted)
    ? { state: "occupied", by: `${by} of another authority`, isOfAnother: true }
    : { state: "occupied", by };
}

/** What was in the slot before the making began, and may be there still, is none of ours. */
function ownClaim(content: SlotContent, mark: SlotMark): SlotClaim {
  const { hasKey, publicKey, origin } = content;
  const { stage, owner } = mark;
  const foreign: SlotClaim = {
    state: "occupied",
    by: `a key that no run of ${resourceIn(owner)} is known to have made`,
  };
  if (hasKey === false) {
    return { state: "interrupted", publicKey: undefined };
  }
  if (hasKey === undefined) {
    return stage === "overwriting"
      ? foreign
      : { state: "interrupted", publicKey: stage === "made" ? mark.publicKey : undefined };
  }
  if (publicKey !== undefined && origin !== "imported" && isKeyOf(mark, content) === (stage === "made")) {
    return { state: "interrupted", publicKey };
  }
  // A slot that was given up keeps a key that nobody wants.
  return stage === "pending" && isKeyOf(mark, content) ? { state: "interrupted", publicKey: undefined } : foreign;
}

/** The mark in a slot, if one is there. A mark of 0.1.0 names the resource by the type of today. */
export function markIn({ certificate }: SlotContent): SlotMark | undefined {
  const mark = certificate === undefined ? undefined : readSlotMark(certificate);
  return mark && { ...mark, owner: withPresentTypes(mark.owner) };
}

function withPresentOwners({ owner, formerOwners = [] }: OwnerMarks): OwnerMarks {
  return { owner: withPresentTypes(owner), formerOwners: formerOwners.map(withPresentTypes) };
}

function isKeyOf(mark: SlotMark, { publicKey }: SlotContent): boolean {
  return publicKey?.equals(mark.publicKey) === true;
}

function nameOf(stored: Buffer): string {
  try {
    return `the certificate of "${new X509Certificate(stored).subject}"`.replaceAll("\n", ", ");
  } catch {
    return "data that are no certificate";
  }
}

/**
 * Looks at all slots that keys shall be made in, before one is made.
 *
 * @throws PkiError `KEY_EXISTS`, `KEY_NOT_FOUND` for one to adopt; all slots in one error
 */
export async function requireUsableSlots(turn: YubiKeyTurn, slots: readonly ClaimedSlot[]): Promise<void> {
  const occupied: string[] = [];
  const others: string[] = [];
  const empty: Slot[] = [];
  const untold: Slot[] = [];
  for (const wanted of slots) {
    const { slot, use } = wanted;
    const content = await turn.readSlot(slot);
    const claim = claimOf(content, wanted);
    if (use === "adopt") {
      if (publicKeyIn(content) === undefined) {
        empty.push(slot);
      }
    } else if (use !== "overwrite") {
      if (claim.state === "occupied") {
        (claim.isOfAnother === true ? others : occupied).push(`slot ${slot} holds ${claim.by}`);
      } else if (claim.state === "free" && content.certificate === undefined && content.hasKey === undefined) {
        untold.push(slot);
      }
    }
  }
  if (others.length > 0) {
    throw slotsOfOthers(turn, [...others, ...occupied]);
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

/** The refusal of slots whose keys nobody here may take or delete. */
function slotsOfOthers({ serial }: YubiKeyTurn, found: readonly string[]): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `on ${deviceName(serial)}, ${found.join(" and ")}, and nothing was changed`,
    "Choose other slots, or another YubiKey. Leave the key of the other authority where it is",
  );
}

/** The refusal of slots that are in use. */
export function slotsOccupied({ serial }: YubiKeyTurn, found: readonly string[]): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `on ${deviceName(serial)}, ${found.join(" and ")}, and nothing was changed`,
    "Choose other slots. Or, to use the key that is there, name its slot in adopt; or, to lose what is there for good, name " +
      "it in overwrite",
  );
}
