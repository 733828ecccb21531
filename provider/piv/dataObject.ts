import type { CardSession, Task } from "./cardSession";
import { GET_DATA, PUT_DATA } from "./commands";
import { isNotFound, SUCCESS } from "./statusWords";
import { encodeTlv, unwrapTlv } from "./tlv";

/** P1 and P2 of both commands, for a data object of the application. */
const PARAMETERS = { p1: 0x3f, p2: 0xff } as const;

const TAG_LIST = 0x5c;
const DATA = 0x53;

/**
 * Reads a data object: GET DATA, SP 800-73-4 part 2, 3.1.2.
 *
 * @param tag three octets, such as 0x5fc105
 * @param isAbsent whether a status word says that there is no such object
 * @returns the octets of the card's answer, see {@link unwrapDataObject}; undefined when there is no object
 */
export async function findDataObject(
  session: CardSession,
  tag: number,
  task: Task,
  isAbsent: (status: number) => boolean = isNotFound,
): Promise<Buffer | undefined> {
  const { status, data } = await session.ask({ ins: GET_DATA, ...PARAMETERS, data: tagList(tag), answers: true });
  if (isAbsent(status)) {
    return undefined;
  }
  if (status !== SUCCESS) {
    throw session.refusal(status, task);
  }
  return data;
}

/**
 * The value of a data object.
 *
 * @param what names the object in an error
 * @throws PkiError `KMS_ANSWER_INVALID` for octets that are not a data object
 */
export function unwrapDataObject(object: Uint8Array, what: string): Buffer {
  return unwrapTlv(object, DATA, what);
}

/**
 * Writes a data object: PUT DATA, SP 800-73-4 part 2, 3.3.1. The management key must be authenticated.
 *
 * @param value the new value; an empty value deletes the object
 */
export async function writeDataObject(session: CardSession, tag: number, value: Uint8Array, task: Task): Promise<void> {
  await session.demand(
    { ins: PUT_DATA, ...PARAMETERS, data: Buffer.concat([tagList(tag), encodeTlv(DATA, value)]) },
    task,
  );
}

function tagList(tag: number): Buffer {
  return encodeTlv(TAG_LIST, Buffer.of(tag >> 16, (tag >> 8) & 0xff, tag & 0xff));
}
