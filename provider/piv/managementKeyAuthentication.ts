import { PkiError } from "../errors";
import type { CardSession } from "./cardSession";
import { GENERAL_AUTHENTICATE, MANAGEMENT_KEY_REFERENCE } from "./commands";
import { decryptWitness, MANAGEMENT_KEY_TYPES, type ManagementKeyType, provesKey } from "./managementKey";
import type { ManagementKeyMetadata } from "./metadata";
import { SECURITY_STATUS_NOT_SATISFIED, statusCode, SUCCESS } from "./statusWords";
import { decodeTlvs, encodeTlv, findTlv, unwrapTlv } from "./tlv";

// The dynamic authentication template: SP 800-73-4 part 2, 3.2.4.
const TEMPLATE = 0x7c;
const WITNESS = 0x80;
const CHALLENGE = 0x81;
const RESPONSE = 0x82;

const TASK = { purpose: "authenticate", action: "authenticating with the management key" } as const;

/**
 * Authenticates host and card to each other with the management key: GENERAL AUTHENTICATE, SP 800-73-4 part 2, 3.2.4
 * and appendix A. The card sends a witness first, then the host sends a challenge.
 *
 * @param metadata the card's metadata of its key; without it, the types with the key's length are tried
 * @throws PkiError `MANAGEMENT_KEY_REJECTED`; `TOUCH_MISSING` when the card refuses a key that requires a touch;
 * `KMS_ANSWER_INVALID` when the card does not know the key itself
 */
export async function authenticateManagementKey(
  session: CardSession,
  key: Uint8Array,
  metadata: ManagementKeyMetadata | undefined,
  randomBytes: (size: number) => Uint8Array,
): Promise<void> {
  const type = metadata?.type;
  const possible = MANAGEMENT_KEY_TYPES.filter(({ name }) => type === undefined || name === type);
  const fitting = possible.filter(({ keyLength }) => keyLength === key.length);
  const refuse = (reason: string): PkiError => {
    const [{ keyLength } = { keyLength: 24 }] = possible;
    return new PkiError(
      "MANAGEMENT_KEY_REJECTED",
      `${TASK.action}${session.place()} failed: ${reason}`,
      type === undefined
        ? "Give the management key of this YubiKey"
        : `Give the management key of this YubiKey: ${type}, ${String(keyLength * 2)} hex digits`,
    );
  };
  for (const candidate of fitting) {
    const witness = await requestWitness(session, candidate, metadata, candidate === fitting.at(-1));
    if (witness?.length === candidate.blockLength) {
      await answerWitness(session, candidate, metadata, {
        key,
        witness,
        challenge: randomBytes(candidate.blockLength),
      });
      return;
    }
  }
  throw refuse(`it is not a key of ${String(key.length * 8)} bits`);
}

/** Whether the card accepts the management key only when the device is touched. */
export function wantsTouch(metadata: ManagementKeyMetadata | undefined): boolean {
  return metadata?.touchPolicy === "always" || metadata?.touchPolicy === "cached";
}

/** A card gives the same answer for a missing touch and for a wrong key. */
function refusal(session: CardSession, status: number, metadata: ManagementKeyMetadata | undefined): PkiError {
  const refused = session.refusal(status, TASK);
  if (status !== SECURITY_STATUS_NOT_SATISFIED) {
    return refused;
  }
  if (wantsTouch(metadata)) {
    return new PkiError(
      "TOUCH_MISSING",
      `${TASK.action}${session.place()} failed: the YubiKey was not touched in time, or the key is wrong`,
      "Run again and touch the YubiKey when it blinks. If it does not blink, give its management key",
    );
  }
  return metadata === undefined
    ? new PkiError(
        refused.code,
        refused.reason,
        `${refused.remedy}. If the YubiKey blinked, it waited for a touch: run again and touch it`,
      )
    : refused;
}

/** @returns undefined when the card's management key is not of this type */
async function requestWitness(
  session: CardSession,
  { identifier }: ManagementKeyType,
  metadata: ManagementKeyMetadata | undefined,
  isLast: boolean,
): Promise<Buffer | undefined> {
  const { status, data } = await session.ask({
    ins: GENERAL_AUTHENTICATE,
    p1: identifier,
    p2: MANAGEMENT_KEY_REFERENCE,
    data: encodeTlv(TEMPLATE, encodeTlv(WITNESS)),
    answers: true,
  });
  if (status === SUCCESS) {
    const what = session.nameOf("The witness");
    return unwrapTlv(unwrapTlv(data, TEMPLATE, what), WITNESS, what);
  }
  if (isLast || statusCode(status, "authenticate") !== "MANAGEMENT_KEY_REJECTED") {
    throw refusal(session, status, metadata);
  }
  return undefined;
}

async function answerWitness(
  session: CardSession,
  type: ManagementKeyType,
  metadata: ManagementKeyMetadata | undefined,
  { key, witness, challenge }: { key: Uint8Array; witness: Buffer; challenge: Uint8Array },
): Promise<void> {
  const { status, data } = await session.ask({
    ins: GENERAL_AUTHENTICATE,
    p1: type.identifier,
    p2: MANAGEMENT_KEY_REFERENCE,
    data: encodeTlv(TEMPLATE, encodeTlv(WITNESS, decryptWitness(type, key, witness)), encodeTlv(CHALLENGE, challenge)),
    answers: true,
  });
  if (status !== SUCCESS) {
    throw refusal(session, status, metadata);
  }
  const what = session.nameOf("The answer to the challenge");
  const response = findTlv(decodeTlvs(unwrapTlv(data, TEMPLATE, what), what), RESPONSE) ?? Buffer.alloc(0);
  if (!provesKey(type, key, challenge, response)) {
    throw new PkiError(
      "KMS_ANSWER_INVALID",
      `${TASK.action}${session.place()} failed: the card does not prove that it knows the key`,
      "Do not use this card or this reader until you know why",
    );
  }
}
