import { PkiError } from "../errors";
import type { Algorithm } from "../kms/algorithms";
import type { Command } from "./apdu";
import type { CardSession, Task } from "./cardSession";
import { GENERAL_AUTHENTICATE, VERIFY } from "./commands";
import { readSlotMetadata } from "./metadata";
import { algorithmIdentifier, type PivAlgorithm, requirePivAlgorithm } from "./pivAlgorithms";
import { signatureInput } from "./signatureInput";
import { type Slot, slotRow } from "./slots";
import { SECURITY_STATUS_NOT_SATISFIED, SUCCESS } from "./statusWords";
import { encodeTlv, unwrapTlv } from "./tlv";

// The dynamic authentication template: SP 800-73-4 part 2, 3.2.4.
const TEMPLATE = 0x7c;
const CHALLENGE = 0x81;
const RESPONSE = 0x82;

/**
 * The command that signs: GENERAL AUTHENTICATE, SP 800-73-4 part 2, 3.2.4 and appendix A.
 *
 * @param identifier of the algorithm
 * @param input a digest, a padded block or a message: see `signatureInput`
 */
export function signCommand(slot: Slot, identifier: number, input: Uint8Array): Command {
  return {
    ins: GENERAL_AUTHENTICATE,
    p1: identifier,
    p2: slotRow(slot).keyReference,
    data: encodeTlv(TEMPLATE, encodeTlv(RESPONSE), encodeTlv(CHALLENGE, input)),
    answers: true,
  };
}

/**
 * Signs a message. Send nothing between VERIFY and this command: a key with the PIN policy `always` would forget the PIN.
 *
 * @returns the signature in the form of X.509, which is also the card's
 */
export async function sign(
  session: CardSession,
  slot: Slot,
  algorithm: Algorithm,
  message: Uint8Array,
): Promise<Buffer> {
  const known = requirePivAlgorithm(algorithm);
  const task: Task = { purpose: "sign", action: `signing with ${algorithm}`, slot };
  const pinJustVerified = session.last?.command.ins === VERIFY && session.last.status === SUCCESS;
  const { status, data } = await session.ask(
    signCommand(slot, algorithmIdentifier(known), signatureInput(known, message)),
  );
  if (status === SUCCESS) {
    const what = session.nameOf("The signature", slot);
    return unwrapTlv(unwrapTlv(data, TEMPLATE, what), RESPONSE, what);
  }
  if (status === SECURITY_STATUS_NOT_SATISFIED && pinJustVerified) {
    throw new PkiError(
      "TOUCH_MISSING",
      `${task.action}${session.place(slot)} failed: the PIN is right, so the YubiKey was not touched in time`,
      "Run again and touch the YubiKey when it blinks",
    );
  }
  const refusal = session.refusal(status, task);
  throw refusal.code === "KEY_NOT_FOUND" ? await explained(refusal, session, slot, known) : refusal;
}

/**
 * Cards give the same answer for an empty slot and for a key of another algorithm. The metadata, if any, tell the two apart.
 */
async function explained(
  refusal: PkiError,
  session: CardSession,
  slot: Slot,
  algorithm: PivAlgorithm,
): Promise<PkiError> {
  const metadata = await readSlotMetadata(session, slot);
  const failed = `signing with ${algorithm}${session.place(slot)} failed`;
  if (metadata === "none") {
    return new PkiError("KEY_NOT_FOUND", `${failed}: the slot is empty`, refusal.remedy);
  }
  return metadata === undefined || metadata.algorithm === algorithm
    ? refusal
    : new PkiError(
        "ALGORITHM_UNSUPPORTED",
        `${failed}: the slot holds a key of another algorithm${metadata.algorithm === undefined ? "" : `, ${metadata.algorithm}`}`,
        "Give the algorithm of the key",
      );
}
