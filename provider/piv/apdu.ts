import type { CardConnection } from "./cardConnection";
import { malformedData } from "./tlv";

/** A command to the card, with class octet 00: PIV without secure messaging, on the basic channel. */
export interface Command {
  /** The instruction octet. */
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data?: Uint8Array;
  /** Whether an answer with data is expected beside the status word. */
  readonly answers?: boolean;
}

/** A card's answer. */
export interface Answer {
  /** SW1 and SW2 as one number. 0x9000 means success. */
  readonly status: number;
  readonly data: Buffer;
}

/** The most data that a short command carries (ISO/IEC 7816-4, 5.1). */
const LONGEST_DATA = 255;

/** Longer than any PIV object: a card that sends this much would never stop. */
const LONGEST_ANSWER = 65_536;

const GET_RESPONSE = 0xc0;

/** A bit of the class octet: another command with more of the data follows (ISO/IEC 7816-4, 5.1.1.1). */
const CHAINED = 0x10;

/**
 * Sends a command in as many short APDUs as its data needs and collects the whole answer. It uses command chaining
 * (ISO/IEC 7816-4, 5.1.1.1), sends GET RESPONSE after 61xx (7.6.1), and repeats the command after 6Cxx (5.1.3).
 *
 * @returns the last answer, whatever its status
 * @throws PkiError `KMS_ANSWER_INVALID`, and any error of the connection
 */
export async function exchange(connection: CardConnection, command: Command): Promise<Answer> {
  let rest = Buffer.from(command.data ?? []);
  while (rest.length > LONGEST_DATA) {
    const answer = await transmit(connection, encode(command, CHAINED, rest.subarray(0, LONGEST_DATA)));
    if (answer.status !== 0x9000) {
      return answer;
    }
    rest = rest.subarray(LONGEST_DATA);
  }
  const last = (expected: number): Buffer =>
    encode(command, 0, rest, rest.length === 0 || command.answers === true ? expected : undefined);
  let answer = await transmit(connection, last(0));
  if (answer.status >> 8 === 0x6c) {
    answer = await transmit(connection, last(answer.status & 0xff));
  }
  const parts = [answer.data];
  let length = answer.data.length;
  while (answer.status >> 8 === 0x61) {
    answer = await transmit(connection, Buffer.of(0, GET_RESPONSE, 0, 0, answer.status & 0xff));
    parts.push(answer.data);
    length += answer.data.length;
    if (length > LONGEST_ANSWER || (answer.data.length === 0 && answer.status >> 8 === 0x61)) {
      throw malformedData("An answer of the card", "it never ends");
    }
  }
  return { status: answer.status, data: Buffer.concat(parts) };
}

/** @param expected Le: how many octets the card may answer, 0 for up to 256 */
function encode({ ins, p1, p2 }: Command, cla: number, data: Uint8Array, expected?: number): Buffer {
  return Buffer.concat([
    Buffer.of(cla, ins, p1, p2),
    ...(data.length === 0 ? [] : [Buffer.of(data.length), data]),
    ...(expected === undefined ? [] : [Buffer.of(expected)]),
  ]);
}

async function transmit(connection: CardConnection, apdu: Buffer): Promise<Answer> {
  const answer = Buffer.from(await connection.transmit(apdu));
  if (answer.length < 2) {
    throw malformedData("An answer of the card", "it has no status word");
  }
  return { status: answer.readUInt16BE(answer.length - 2), data: answer.subarray(0, -2) };
}
