import type { KeyObject } from "node:crypto";
import { decodePublicKey } from "./cardPublicKey";
import type { CardSession, Task } from "./cardSession";
import { GET_METADATA } from "./commands";
import { hasMetadata } from "./firmware";
import { type ManagementKeyType, managementKeyTypeOf } from "./managementKey";
import {
  algorithmOfIdentifier,
  type PinPolicy,
  pinPolicyOf,
  type PivAlgorithm,
  type TouchPolicy,
  touchPolicyOf,
} from "./pivAlgorithms";
import { type Slot, slotRow } from "./slots";
import { isBadParameter, isNotFound, isUnknownCommand, SUCCESS } from "./statusWords";
import { decodeTlvs, findTlv, malformedData, type Tlv } from "./tlv";

/** The card's metadata of the key in a slot. A field that the card or this package does not know is undefined. */
export interface SlotMetadata {
  /** Undefined for a key that this package does not sign with, such as RSA 1024. */
  readonly algorithm: PivAlgorithm | undefined;
  readonly pinPolicy: PinPolicy | undefined;
  readonly touchPolicy: TouchPolicy | undefined;
  /** Whether the key was made in the card or imported. */
  readonly origin: "generated" | "imported" | undefined;
  /** Undefined for a key that this package does not sign with. */
  readonly publicKey: KeyObject | undefined;
}

/** The card's metadata of its management key. */
export interface ManagementKeyMetadata {
  readonly type: ManagementKeyType["name"] | undefined;
  /** Whether the card accepts the key only when the device is touched. */
  readonly touchPolicy: TouchPolicy | undefined;
}

// The tags of Yubico's GET METADATA.
const ALGORITHM = 0x01;
const POLICIES = 0x02;
const ORIGIN = 0x03;
const PUBLIC_KEY = 0x04;
const TRIES = 0x06;

const ORIGINS = { 1: "generated", 2: "imported" } as const;

/**
 * Asks for the metadata of a key reference: Yubico's GET METADATA.
 *
 * @returns `"none"` when there is no such key; undefined when the firmware has no metadata (before 5.3)
 */
export async function readMetadata(
  session: CardSession,
  keyReference: number,
  task: Task,
): Promise<Buffer | "none" | undefined> {
  if (!hasMetadata(session.firmware)) {
    return undefined;
  }
  const { status, data } = await session.ask({ ins: GET_METADATA, p1: 0, p2: keyReference });
  if (isNotFound(status)) {
    return "none";
  }
  if (isUnknownCommand(status) || isBadParameter(status)) {
    return undefined;
  }
  if (status !== SUCCESS) {
    throw session.refusal(status, task);
  }
  return data;
}

/**
 * Reads the card's metadata of the key in a slot.
 *
 * @returns undefined also for an answer without a public key, which some cards give for an empty slot
 */
export async function readSlotMetadata(session: CardSession, slot: Slot): Promise<SlotMetadata | "none" | undefined> {
  const task = { purpose: "read", action: "reading the metadata", slot } as const;
  const data = await readMetadata(session, slotRow(slot).keyReference, task);
  if (typeof data !== "object") {
    return data;
  }
  const what = session.nameOf("The metadata", slot);
  return findTlv(decodeTlvs(data, what), PUBLIC_KEY)?.length ? decodeSlotMetadata(data, what) : undefined;
}

/**
 * Decodes Yubico's metadata of a slot.
 *
 * @throws PkiError `KMS_ANSWER_INVALID`
 */
function decodeSlotMetadata(data: Uint8Array, what: string): SlotMetadata {
  const objects = decodeTlvs(data, what);
  const [identifier] = required(objects, ALGORITHM, what);
  const algorithm = algorithmOfIdentifier(identifier);
  const [pinPolicy, touchPolicy] = required(objects, POLICIES, what);
  const [origin] = findTlv(objects, ORIGIN) ?? [];
  return {
    algorithm,
    pinPolicy: pinPolicyOf(pinPolicy),
    touchPolicy: touchPolicyOf(touchPolicy),
    origin: ORIGINS[origin as keyof typeof ORIGINS],
    publicKey:
      algorithm === undefined ? undefined : decodePublicKey(required(objects, PUBLIC_KEY, what), algorithm, what),
  };
}

/**
 * Decodes how many tries are left from Yubico's metadata of the PIN.
 *
 * @throws PkiError `KMS_ANSWER_INVALID`
 */
export function decodePinTriesLeft(data: Uint8Array, what: string): number {
  // How many tries there are in all, then how many are left.
  const [, triesLeft] = required(decodeTlvs(data, what), TRIES, what);
  if (triesLeft === undefined) {
    throw malformedData(what, "it does not say how many tries are left");
  }
  return triesLeft;
}

/**
 * Decodes Yubico's metadata of the management key.
 *
 * @throws PkiError `KMS_ANSWER_INVALID`
 */
export function decodeManagementKeyMetadata(data: Uint8Array, what: string): ManagementKeyMetadata {
  const objects = decodeTlvs(data, what);
  const [identifier] = required(objects, ALGORITHM, what);
  const [, touchPolicy] = findTlv(objects, POLICIES) ?? [];
  return {
    type: managementKeyTypeOf(identifier)?.name,
    touchPolicy: touchPolicyOf(touchPolicy),
  };
}

function required(objects: readonly Tlv[], tag: number, what: string): Buffer {
  const value = findTlv(objects, tag);
  if (value === undefined || value.length === 0) {
    throw malformedData(what, `tag ${tag.toString(16)} is missing`);
  }
  return value;
}
