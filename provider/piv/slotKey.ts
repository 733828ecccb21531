import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import type { Algorithm } from "../kms/algorithms";
import { decodePublicKey } from "./cardPublicKey";
import type { CardSession, Task } from "./cardSession";
import { GENERATE_ASYMMETRIC_KEY_PAIR, MOVE_KEY } from "./commands";
import { makesWeakRsaKeys } from "./firmware";
import { readSlotMetadata } from "./metadata";
import {
  algorithmIdentifier,
  PIN_POLICIES,
  type PinPolicy,
  PIV_ALGORITHMS,
  requirePivAlgorithm,
  TOUCH_POLICIES,
  type TouchPolicy,
} from "./pivAlgorithms";
import { signCommand } from "./signature";
import { signatureInput } from "./signatureInput";
import { type Slot, slotRow } from "./slots";
import {
  isBadParameter,
  isEmptySlot,
  isNotFound,
  isUnknownCommand,
  SECURITY_STATUS_NOT_SATISFIED,
  SUCCESS,
} from "./statusWords";
import { encodeTlv, unwrapTlv } from "./tlv";

/** The algorithm and policies of a key to generate. */
export interface KeySpecification {
  readonly algorithm: Algorithm;
  readonly pinPolicy: PinPolicy;
  readonly touchPolicy: TouchPolicy;
}

// The template of GENERATE ASYMMETRIC KEY PAIR, SP 800-73-4 part 2, 3.3.2, with Yubico's policies, and the template of
// its answer.
const KEY_TEMPLATE = 0xac;
const ALGORITHM = 0x80;
const PIN_POLICY = 0xaa;
const TOUCH_POLICY = 0xab;
const PUBLIC_KEY = 0x7f49;

/** An algorithm that this package does not sign with. */
const RSA_1024 = 0x06;

/** The destination with which MOVE KEY deletes. */
const NOWHERE = 0xff;

/** Makes a key: GENERATE ASYMMETRIC KEY PAIR, SP 800-73-4 part 2, 3.3.2. */
export async function generateKey(
  session: CardSession,
  slot: Slot,
  { algorithm, pinPolicy, touchPolicy }: KeySpecification,
): Promise<KeyObject> {
  const known = requirePivAlgorithm(algorithm);
  const task: Task = { purpose: "generate", action: `generating a key for ${algorithm}`, slot };
  if (known.startsWith("RSA") && makesWeakRsaKeys(session.firmware)) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `${task.action}${session.place(slot)} is refused: the firmware ${session.firmware} makes RSA keys that ` +
        "can be broken (CVE-2017-15361, Yubico YSA-2017-01)",
      "Choose ECDSA_P256 or ECDSA_P384, or use a newer YubiKey",
    );
  }
  const template = encodeTlv(
    KEY_TEMPLATE,
    encodeTlv(ALGORITHM, Buffer.of(algorithmIdentifier(known))),
    encodeTlv(PIN_POLICY, Buffer.of(PIN_POLICIES[pinPolicy])),
    encodeTlv(TOUCH_POLICY, Buffer.of(TOUCH_POLICIES[touchPolicy])),
  );
  const { keyReference } = slotRow(slot);
  const data = await session.demand(
    { ins: GENERATE_ASYMMETRIC_KEY_PAIR, p1: 0, p2: keyReference, data: template, answers: true },
    task,
  );
  const what = session.nameOf("The public key", slot);
  return decodePublicKey(unwrapTlv(data, PUBLIC_KEY, what), known, what);
}

/** The inputs to sign, to find a key of any algorithm that firmware before 5.3 supports. */
const PROBES: readonly (readonly [identifier: number, input: Buffer])[] = [
  ...PIV_ALGORITHMS.map(
    (algorithm) => [algorithmIdentifier(algorithm), signatureInput(algorithm, Buffer.alloc(32))] as const,
  ),
  [RSA_1024, Buffer.alloc(128, 1)],
];

/**
 * Whether a slot holds a key, of any kind. Firmware before 5.3 does not say. There a signature proves it, for which the
 * PIN must have been verified just before. If it was not, an empty slot may be taken for an occupied one, but never the
 * reverse.
 */
export async function holdsKey(session: CardSession, slot: Slot): Promise<boolean> {
  const metadata = await readSlotMetadata(session, slot);
  if (metadata !== undefined) {
    return metadata !== "none";
  }
  for (const [identifier, input] of PROBES) {
    const { status } = await session.ask(signCommand(slot, identifier, input));
    if (status === SUCCESS || status === SECURITY_STATUS_NOT_SATISFIED) {
      return true;
    }
    if (isEmptySlot(status)) {
      return false;
    }
  }
  return false;
}

/**
 * Deletes a key, with Yubico's MOVE KEY. Another vendor's card may lack the command, even if it reports a firmware of Yubico's.
 *
 * @returns false if the card lacks the command
 */
export async function deleteKey(session: CardSession, slot: Slot): Promise<boolean> {
  const { status } = await session.ask({ ins: MOVE_KEY, p1: NOWHERE, p2: slotRow(slot).keyReference });
  if (isUnknownCommand(status) || isBadParameter(status)) {
    return false;
  }
  if (status !== SUCCESS && !isNotFound(status)) {
    throw session.refusal(status, { purpose: "write", action: "deleting the key", slot });
  }
  return true;
}
