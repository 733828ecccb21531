import { type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../../errors";
import { isOthersMark, isOwnMark, type OwnerMarks, resourceIn } from "../ownerMark";
import { withPresentTypes } from "../resourceType";
import type { SlotContent, YubiKeyTurn } from "./yubikey";
import { deviceName } from "./yubiKeyUri";
import type { Slot } from "../../piv/slots";
import { subjectLine } from "../../x509/subjectLine";
import { readSlotMark, type SlotMark } from "../../x509/slotMark";

/**
 * How a resource may use a slot: only if it is free (`new`), whatever it holds (`overwrite`), or with the key in it (`adopt`).
 */
export type SlotUse = "new" | "overwrite" | "adopt";

/** A slot, and the resource that wants its key. */
export interface ClaimedSlot extends OwnerMarks {
  readonly slot: Slot;
  readonly use: SlotUse;
}

/** The relation of a slot to the resource that wants its key there. */
export type SlotClaim =
  | { readonly state: "free" }
  /** An earlier run of the same resource did not end. Its key is there when it is known. */
  | { readonly state: "interrupted"; readonly publicKey: KeyObject | undefined }
  /** It may be in use elsewhere when it was made for another authority. */
  | { readonly state: "occupied"; readonly by: string; readonly isOfAnother?: true };

/**
 * Reads the owner of a slot from its content. A mark counts only if it agrees with the device's own report, because
 * anyone with the management key can write a mark.
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

/** The public key in a slot, from the device or else from the certificate. Only the mark of a made key holds one. */
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

/** The claim of a slot with our own mark. Anything that was in the slot before and may still be there is not ours. */
function ownClaim(content: SlotContent, mark: SlotMark): SlotClaim {
  const { hasKey, publicKey, origin } = content;
  const { stage, owner } = mark;
  const foreign: SlotClaim = {
    state: "occupied",
    by: `a key that no known run of ${resourceIn(owner)} made`,
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
  // A released slot keeps a key that nobody wants.
  return stage === "pending" && isKeyOf(mark, content) ? { state: "interrupted", publicKey: undefined } : foreign;
}

/** The mark in a slot, if there is one. A mark of 0.1.0 names the resource by the type of today. */
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
    return `the certificate of "${subjectLine(new X509Certificate(stored))}"`;
  } catch {
    return "data that is not a certificate";
  }
}

/**
 * Checks all slots for new keys before the first key is made.
 *
 * @throws PkiError `KEY_EXISTS`, `KEY_NOT_FOUND` for a slot to adopt; one error lists all slots
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
      "Remove it from adopt",
    );
  }
  for (const slot of untold) {
    if (await turn.holdsKey(slot)) {
      throw slotsOccupied(turn, [`slot ${slot} holds a key without a certificate`]);
    }
  }
}

/** The error for slots whose keys this stack must neither use nor delete. */
function slotsOfOthers({ serial }: YubiKeyTurn, found: readonly string[]): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `on ${deviceName(serial)}, ${found.join(" and ")}, and nothing was changed`,
    "Choose other slots or another YubiKey. Leave the key of the other authority where it is",
  );
}

/** The error for slots that are in use. */
export function slotsOccupied({ serial }: YubiKeyTurn, found: readonly string[]): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `on ${deviceName(serial)}, ${found.join(" and ")}, and nothing was changed`,
    "Choose other slots. To use the key in a slot, add the slot to adopt. To lose the slot's content for good, add " +
      "it to overwrite",
  );
}
