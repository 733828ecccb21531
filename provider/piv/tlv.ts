import { PkiError } from "../errors";

/** A BER data object (ISO/IEC 7816-4, 5.2.2), whose value is not looked into. */
export interface Tlv {
  /** The tag's octets as one number: 0x53, 0x7f49. */
  readonly tag: number;
  readonly value: Buffer;
}

/** Writes a data object, with its length in the fewest octets. */
export function encodeTlv(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const length = values.reduce((sum, value) => sum + value.length, 0);
  return Buffer.concat([octets(tag), encodeLength(length), ...values]);
}

/**
 * Reads data objects that follow each other and fill the data.
 *
 * @param what names the data in an error
 * @throws PkiError `KMS_ANSWER_INVALID` for anything else
 */
export function decodeTlvs(data: Uint8Array, what: string): Tlv[] {
  const objects: Tlv[] = [];
  let offset = 0;
  const next = (): number => {
    const octet = data[offset];
    if (octet === undefined) {
      throw malformedData(what, "it ends too early");
    }
    offset += 1;
    return octet;
  };
  while (offset < data.length) {
    const tag = decodeTag(next, what);
    const length = decodeLength(next, what);
    if (length > data.length - offset) {
      throw malformedData(what, `tag ${tag.toString(16)} claims more octets than there are`);
    }
    objects.push({ tag, value: Buffer.from(data.subarray(offset, offset + length)) });
    offset += length;
  }
  return objects;
}

/**
 * Reads data that is one data object.
 *
 * @throws PkiError `KMS_ANSWER_INVALID` unless it is one of this tag, and nothing beside it
 */
export function unwrapTlv(data: Uint8Array, tag: number, what: string): Buffer {
  const [only, ...others] = decodeTlvs(data, what);
  if (only?.tag !== tag || others.length > 0) {
    throw malformedData(what, `it is not one object of tag ${tag.toString(16)}`);
  }
  return only.value;
}

/** The value of the first object of a tag. */
export function findTlv(objects: readonly Tlv[], tag: number): Buffer | undefined {
  return objects.find((object) => object.tag === tag)?.value;
}

/** What is thrown when a card sends what its specification does not allow. */
export function malformedData(what: string, problem: string, cause?: unknown): PkiError {
  return new PkiError(
    "KMS_ANSWER_INVALID",
    `${what} is malformed: ${problem}`,
    "See what ykman piv info says of the card, and whether another program writes to it",
    { cause },
  );
}

function decodeTag(next: () => number, what: string): number {
  let tag = next();
  if ((tag & 0x1f) === 0x1f) {
    do {
      if (tag > 0xffff) {
        throw malformedData(what, "a tag is longer than three octets");
      }
      tag = tag * 256 + next();
    } while ((tag & 0x80) !== 0);
  }
  return tag;
}

/** The indefinite form, 80, is none of ISO/IEC 7816-4's; no object of PIV needs more than three octets. */
function decodeLength(next: () => number, what: string): number {
  const first = next();
  if (first < 0x80) {
    return first;
  }
  const count = first - 0x80;
  if (count === 0 || count > 3) {
    throw malformedData(what, `a length begins with ${first.toString(16)}`);
  }
  let length = 0;
  for (let index = 0; index < count; index += 1) {
    length = length * 256 + next();
  }
  return length;
}

function encodeLength(length: number): Buffer {
  const value = octets(length);
  return length < 0x80 ? value : Buffer.concat([Buffer.of(0x80 + value.length), value]);
}

function octets(number: number): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
