import { PkiError } from "../errors";

/** A BER data object (ISO/IEC 7816-4, 5.2.2), with its value undecoded. */
export interface Tlv {
  /** The tag's octets as one number, such as 0x53 or 0x7f49. */
  readonly tag: number;
  readonly value: Buffer;
}

/** Encodes a data object, with its length in the fewest octets. */
export function encodeTlv(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const length = values.reduce((sum, value) => sum + value.length, 0);
  return Buffer.concat([octets(tag), encodeLength(length), ...values]);
}

/**
 * Decodes consecutive data objects that fill the data.
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
 * Decodes data that is a single data object.
 *
 * @throws PkiError `KMS_ANSWER_INVALID` unless it is a single object with this tag
 */
export function unwrapTlv(data: Uint8Array, tag: number, what: string): Buffer {
  const [only, ...others] = decodeTlvs(data, what);
  if (only?.tag !== tag || others.length > 0) {
    throw malformedData(what, `it is not a single object with tag ${tag.toString(16)}`);
  }
  return only.value;
}

/** The value of the first object with a tag. */
export function findTlv(objects: readonly Tlv[], tag: number): Buffer | undefined {
  return objects.find((object) => object.tag === tag)?.value;
}

/** The error for data from a card that violates the specification. */
export function malformedData(what: string, problem: string, cause?: unknown): PkiError {
  return new PkiError(
    "KMS_ANSWER_INVALID",
    `${what} is malformed: ${problem}`,
    "Check what ykman piv info prints, and whether another program writes to the card",
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

/** ISO/IEC 7816-4 has no indefinite form, 80, and no PIV object needs more than three octets. */
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
