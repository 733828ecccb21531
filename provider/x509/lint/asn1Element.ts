/** One element of DER (X.690), read strictly. */
export interface Asn1Element {
  /** The identifier octet: class, form and number. */
  readonly tag: number;
  readonly content: Buffer;
  /** The encoding, with tag and length. */
  readonly whole: Buffer;
}

/** A structure that cannot be read, with the place of the fault. */
export class MalformedError extends Error {}

/** The bit of an identifier octet that tells that elements follow inside. */
export const CONSTRUCTED = 0x20;

/**
 * Reads the first element. What is not DER but can still be read is added to the faults.
 *
 * @param at the place, for messages
 * @throws MalformedError if the element is cut off, or in a form that only BER has
 */
export function readElement(octets: Buffer, at: string, faults: string[]): Asn1Element {
  const [tag, first] = octets;
  if (tag === undefined || first === undefined) {
    throw new MalformedError(`${at} is cut off`);
  }
  if ((tag & 0x1f) === 0x1f) {
    throw new MalformedError(`${at} has a tag number above 30, which no certificate uses`);
  }
  if (first === 0x80) {
    throw new MalformedError(`${at} has an indefinite length`);
  }
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const begin = 2 + lengthOctets;
  if (lengthOctets > 4 || octets.length < begin) {
    throw new MalformedError(`${at} has a length that cannot be read`);
  }
  const length = lengthOctets === 0 ? first : octets.readUIntBE(2, lengthOctets);
  if (lengthOctets > 0 && (length < 0x80 || length < 2 ** (8 * (lengthOctets - 1)))) {
    faults.push(`${at} has a length that is longer than it needs to be`);
  }
  if (octets.length < begin + length) {
    throw new MalformedError(`${at} is cut off`);
  }
  return { tag, content: octets.subarray(begin, begin + length), whole: octets.subarray(0, begin + length) };
}

/** Reads all elements of a content. Throws as {@link readElement}. */
export function readElements(content: Buffer, at: string, faults: string[]): Asn1Element[] {
  const elements: Asn1Element[] = [];
  for (let rest = content; rest.length > 0;) {
    const element = readElement(rest, at, faults);
    elements.push(element);
    rest = rest.subarray(element.whole.length);
  }
  return elements;
}
