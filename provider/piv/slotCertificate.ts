import { PkiError } from "../errors";
import type { Command } from "./apdu";
import type { CardSession } from "./cardSession";
import { ATTEST } from "./commands";
import { decodeCertificateObject, encodeCertificateObject } from "./certificateObject";
import { findDataObject, unwrapDataObject, writeDataObject } from "./dataObject";
import { certificateLimit } from "./firmware";
import { type Slot, slotRow } from "./slots";
import { isNotAttested, SUCCESS } from "./statusWords";
import { unwrapTlv } from "./tlv";

/** Yubico's data object with the certificate of the attestation key. */
const ATTESTATION_CERTIFICATE = 0x5fff01;

const X509_SEQUENCE = 0x30;

/** The certificate in a slot, or other octets that are stored in its place; undefined when nothing is stored. */
export async function readCertificate(session: CardSession, slot: Slot): Promise<Buffer | undefined> {
  const task = { purpose: "read", action: "reading the certificate", slot } as const;
  const object = await findDataObject(session, slotRow(slot).certificateTag, task);
  if (object === undefined || object.length === 0) {
    return undefined;
  }
  try {
    const what = session.nameOf("The certificate", slot);
    return decodeCertificateObject(unwrapDataObject(object, what), what);
  } catch {
    return object; // another program put something there, and it is not ours to judge
  }
}

/** The certificate that signs attestations; undefined when there is none, or the card has no such object. */
export async function readAttestationCertificate(session: CardSession): Promise<Buffer | undefined> {
  const task = { purpose: "read", action: "reading the attestation certificate" } as const;
  const object = await findDataObject(session, ATTESTATION_CERTIFICATE, task, isNotAttested);
  const what = session.nameOf("The attestation certificate");
  return object && decodeCertificateObject(unwrapDataObject(object, what), what);
}

/**
 * Stores a certificate in a slot, compressed only if it does not fit otherwise.
 *
 * @throws PkiError `CARD_FULL` if it does not fit even then
 */
export async function writeCertificate(
  session: CardSession,
  slot: Slot,
  der: Uint8Array,
): Promise<"plain" | "compressed"> {
  const limit = certificateLimit(session.firmware);
  const compress = der.length > limit;
  const value = encodeCertificateObject(der, compress);
  const task = { purpose: "write", action: "storing the certificate", slot } as const;
  if (value.length > encodeCertificateObject(Buffer.alloc(limit), false).length) {
    throw new PkiError(
      "CARD_FULL",
      `${task.action}${session.place(slot)} is refused: it has ${String(der.length)} octets, and at most ${String(limit)} fit`,
      "Issue a smaller certificate",
    );
  }
  await writeDataObject(session, slotRow(slot).certificateTag, value, task);
  return compress ? "compressed" : "plain";
}

/** Deletes the certificate in a slot. */
export async function deleteCertificate(session: CardSession, slot: Slot): Promise<void> {
  const task = { purpose: "write", action: "deleting the certificate", slot } as const;
  await writeDataObject(session, slotRow(slot).certificateTag, Buffer.alloc(0), task);
}

/** Whether the card supports Yubico's ATTEST. Another vendor's card may lack it, whatever firmware it reports. */
export async function hasAttestations(session: CardSession, slot: Slot): Promise<boolean> {
  const { status } = await session.ask(attestCommand(slot));
  return ![0x6d00, 0x6e00].includes(status);
}

/** The card's statement that it made the key in a slot: Yubico's ATTEST. Undefined when it makes none. */
export async function readAttestation(session: CardSession, slot: Slot): Promise<Buffer | undefined> {
  const { status, data } = await session.ask(attestCommand(slot));
  if (isNotAttested(status)) {
    return undefined;
  }
  if (status !== SUCCESS) {
    throw session.refusal(status, { purpose: "read", action: "attesting the key", slot });
  }
  unwrapTlv(data, X509_SEQUENCE, session.nameOf("The attestation", slot));
  return data;
}

function attestCommand(slot: Slot): Command {
  return { ins: ATTEST, p1: slotRow(slot).keyReference, p2: 0 };
}
