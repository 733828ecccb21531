import type { CardSession } from "./cardSession";
import { PIN_REFERENCE, VERIFY } from "./commands";
import { decodePinTriesLeft, readMetadata } from "./metadata";
import { encodePin } from "./pin";
import { SUCCESS, triesLeftOf } from "./statusWords";

const TASK = { purpose: "verify", action: "verifying the PIN" } as const;

/**
 * Verifies the PIN: VERIFY, SP 800-73-4 part 2, 3.2.1.
 *
 * @throws PinRejected `PIN_REJECTED`
 * @throws PkiError `PIN_BLOCKED`, `INPUT_INVALID`
 */
export async function verifyPin(session: CardSession, pin: string): Promise<void> {
  await session.demand({ ins: VERIFY, p1: 0, p2: PIN_REFERENCE, data: encodePin(pin) }, TASK);
}

/**
 * Reads how many tries are left, without using one: from the metadata, else by a VERIFY without a PIN (SP 800-73-4 part
 * 2, 3.2.1).
 *
 * @returns undefined when the PIN is already verified: a card without metadata then says nothing else
 */
export async function readTriesLeft(session: CardSession): Promise<number | undefined> {
  const data = await readMetadata(session, PIN_REFERENCE, { purpose: "read", action: "reading the PIN's metadata" });
  if (typeof data === "object") {
    return decodePinTriesLeft(data, session.nameOf("The metadata of the PIN"));
  }
  const { status } = await session.ask({ ins: VERIFY, p1: 0, p2: PIN_REFERENCE });
  const left = triesLeftOf(status);
  if (status !== SUCCESS && left === undefined) {
    throw session.refusal(status, { purpose: "read", action: "reading the PIN's tries" });
  }
  return left;
}
